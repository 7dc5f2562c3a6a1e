"""deploy/aws/template.yaml: what cfn-lint says of it, and what must never be in it."""

import json
import os
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy/aws/template.yaml"
VENV = Path(os.environ.get("TAPALCATL_MOTO_PYTHON", ROOT / "tests/integration/.venv/bin/python")).parent

# Reads the template as CloudFormation does: short forms of its functions become their long forms.
LOAD = """
import json, sys, yaml
class Loader(yaml.SafeLoader): pass
def construct(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}
Loader.add_multi_constructor("!", construct)
json.dump(yaml.load(open(sys.argv[1]), Loader), sys.stdout)
"""


def load(path):
    return json.loads(subprocess.run([VENV / "python", "-c", LOAD, path], check=True, stdout=subprocess.PIPE).stdout)


def within(value):
    """All values in a template, from the outside in."""
    yield value
    if isinstance(value, dict):
        for child in value.values():
            yield from within(child)
    elif isinstance(value, list):
        for child in value:
            yield from within(child)


def alternatives(value):
    """What a property may become, for each way its conditions go."""
    if isinstance(value, dict) and list(value) == ["Fn::If"]:
        return [found for branch in value["Fn::If"][1:] for found in alternatives(branch)]
    return [value]


def faults(template):
    """What must never be in a template of ours, one line each."""
    found = []
    resources = template["Resources"]

    def of(kind):
        return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}

    for name, role in of("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                found += [f"{name}: * in the action {action}" for action in actions if "*" in action]
                if "*" in alternatives(statement["Resource"]):
                    found.append(f"{name}: {actions} on everything")
        if "ManagedPolicyArns" in role:
            found.append(f"{name}: a managed policy grants more than is needed")
    for name, api in of("AWS::ApiGateway::RestApi").items():
        if api.get("EndpointConfiguration", {}).get("Types") != ["REGIONAL"]:
            found.append(f"{name}: edge-optimized, a second CloudFront in between")
        if api.get("BinaryMediaTypes") != ["*/*"]:
            found.append(f"{name}: clients would receive base64 text")
        if "MinimumCompressionSize" in api:
            found.append(f"{name}: compresses again")
    for name, policy in of("AWS::CloudFront::CachePolicy").items():
        config = policy["CachePolicyConfig"]
        if not isinstance(config["MinTTL"], int) or config["MinTTL"] < 1:
            found.append(f"{name}: MinTTL {config['MinTTL']} keeps no compressed answers")
        keyed = config["ParametersInCacheKeyAndForwardedToOrigin"]
        if not keyed["EnableAcceptEncodingGzip"]:
            found.append(f"{name}: the function would not see Accept-Encoding")
        if keyed["HeadersConfig"] != {"HeaderBehavior": "none"}:
            found.append(f"{name}: forwards headers, maybe Host: {keyed['HeadersConfig']}")
    for name, policy in of("AWS::CloudFront::OriginRequestPolicy").items():
        found.append(f"{name}: forwards what the function does not need, maybe Host")
    for name, distribution in of("AWS::CloudFront::Distribution").items():
        config = distribution["DistributionConfig"]
        behaviors = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]
        for behavior in behaviors:
            if "ForwardedValues" in behavior or "OriginRequestPolicyId" in behavior:
                found.append(f"{name}: forwards headers, maybe Host")
            if behavior.get("ViewerProtocolPolicy") not in ("redirect-to-https", "https-only"):
                found.append(f"{name}: tiles over plain HTTP")
            if behavior.get("Compress"):
                found.append(f"{name}: CloudFront would compress what is compressed")
        codes = {response["ErrorCode"] for response in config.get("CustomErrorResponses", [])}
        found += [f"{name}: {code} is kept for 10 s, CloudFront's default" for code in (404, 500, 502, 503, 504)
                  if code not in codes]
        timeouts = [function["Timeout"] for function in of("AWS::Lambda::Function").values()]
        for origin in config["Origins"]:
            if origin["CustomOriginConfig"]["OriginReadTimeout"] <= max(timeouts):
                found.append(f"{name}: gives up before the function does")
    for name, url in of("AWS::Lambda::Url").items():
        if url["AuthType"] != "AWS_IAM":
            found.append(f"{name}: anybody can call the function past the cache")
    fronts = {"AWS::Lambda::Url": "Url5xxCount", "AWS::ApiGatewayV2::Api": "5xx", "AWS::ApiGateway::RestApi": "5XXError"}
    watched = {metric for alarm in of("AWS::CloudWatch::Alarm").values() for metric in alternatives(alarm["MetricName"])}
    found += [f"nobody is told of the 5xx responses of {name}" for kind, metric in fronts.items() for name in of(kind)
              if metric not in watched]
    for name, permission in of("AWS::Lambda::Permission").items():
        if "SourceArn" not in permission:
            found.append(f"{name}: anybody's {permission['Principal']} may call the function")
    return found


@unittest.skipUnless((VENV / "cfn-lint").exists(), "cfn-lint is missing; script/bootstrap test installs it")
class Template(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.template = load(TEMPLATE)

    def test_cfn_lint_finds_nothing(self):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        run = subprocess.run([VENV / "cfn-lint", "--regions", "us-east-1", "eu-south-1", "--", TEMPLATE],
                             env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, ""))

    def test_has_none_of_the_known_faults(self):
        self.assertEqual(faults(self.template), [])

    def test_each_fault_would_be_found(self):
        def changed(resource, *path, to):
            template = json.loads(json.dumps(self.template))
            place = template["Resources"][resource]["Properties"]
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = to
            return faults(template)

        statement = ("Policies", 0, "PolicyDocument", "Statement", 0)
        keyed = ("CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin")
        behavior = ("DistributionConfig", "DefaultCacheBehavior")
        for wrong in (
                changed("Role", *statement, "Action", to="s3:*"),
                changed("Role", *statement, "Action", to=["s3:GetObject", "s3:Get*"]),
                changed("Role", *statement, "Resource", to="*"),
                changed("Role", *statement, "Resource", to={"Fn::If": ["HasPrefix", "arn:aws:s3:::b/*", "*"]}),
                changed("RestApi", "EndpointConfiguration", to={"Types": ["EDGE"]}),
                changed("RestApi", "BinaryMediaTypes", to=[]),
                changed("TilePolicy", "CachePolicyConfig", "MinTTL", to=0),
                changed("ServerErrorAlarm", "MetricName", to={"Fn::If": ["IsUrl", "Url5xxCount", "5XXError"]}),
                changed("TilePolicy", *keyed, "EnableAcceptEncodingGzip", to=False),
                changed("TilePolicy", *keyed, "HeadersConfig", to={"HeaderBehavior": "whitelist", "Headers": ["Host"]}),
                changed("Distribution", *behavior, "OriginRequestPolicyId", to="216adef6-5c7f-47e4-b989-5492eafa07d3"),
                changed("Distribution", *behavior, "ViewerProtocolPolicy", to="allow-all"),
                changed("Distribution", *behavior, "Compress", to=True),
                changed("Distribution", "DistributionConfig", "CustomErrorResponses", to=[]),
                changed("Function", "Timeout", to=12),
                changed("FunctionUrl", "AuthType", to="NONE")):
            with self.subTest(wrong):
                self.assertGreaterEqual(len(wrong), 1)

    def test_gives_the_function_settings_that_exist(self):
        documented = (ROOT / "docs/configuration.md").read_text()
        for name in self.template["Resources"]["Function"]["Properties"]["Environment"]["Variables"]:
            with self.subTest(name):
                self.assertIn(name, documented)

    def test_front_and_function_stream_together(self):
        def by_mode(streaming, buffered):
            return {"Fn::If": ["IsStreaming", streaming, buffered]}

        resources = {name: resource["Properties"] for name, resource in self.template["Resources"].items()}
        self.assertEqual(self.template["Conditions"]["IsStreaming"], {"Fn::Equals": [{"Ref": "ResponseMode"}, "streaming"]})
        variables = resources["Function"]["Environment"]["Variables"]
        self.assertEqual(variables["TAPALCATL_LAMBDA_RESPONSE_MODE"], {"Ref": "ResponseMode"})
        self.assertEqual(resources["FunctionUrl"]["InvokeMode"], by_mode("RESPONSE_STREAM", "BUFFERED"))
        for name in ("RestMethod", "RestRootMethod"):
            integration = resources[name]["Integration"]
            self.assertEqual(integration["ResponseTransferMode"], by_mode("STREAM", "BUFFERED"))
            streaming, buffered = alternatives(integration["Uri"])
            self.assertIn("/2021-11-15/functions/${Function.Arn}/response-streaming-invocations", streaming["Fn::Sub"])
            self.assertIn("/2015-03-31/functions/${Function.Arn}/invocations", buffered["Fn::Sub"])

    def test_every_parameter_is_used_and_described(self):
        used = {value["Ref"] for value in within(self.template) if isinstance(value, dict) and "Ref" in value}
        used |= {name for value in within(self.template) if isinstance(value, str)
                 for name in self.template["Parameters"] if f"${{{name}}}" in value}
        grouped = [name for group in self.template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
                   for name in group["Parameters"]]
        self.assertEqual(sorted(self.template["Parameters"]), sorted(grouped))
        for name, parameter in self.template["Parameters"].items():
            with self.subTest(name):
                self.assertIn(name, used)
                self.assertTrue(parameter.get("Description"))

    def test_is_short_enough_to_be_sent_without_a_bucket(self):
        self.assertLessEqual(TEMPLATE.stat().st_size, 51_200)


if __name__ == "__main__":
    unittest.main()
