"""Those who give credentials give them to nobody who does not ask as Amazon wants to be asked."""

import json
import socket
import ssl
import tempfile
import time
import unittest
from urllib.parse import urlencode
from xml.etree import ElementTree

from asking import KEY_ID, SECRET, Client
from certificates import Authority
from credential_endpoints import ContainerAgent, Issued, MetadataService, Sts, refused
from connect_proxy import ConnectProxy
from scripted_s3 import ScriptedS3


class Case(unittest.TestCase):
    def serve(self, host):
        self.host = self.enterContext(host)
        self.client = self.enterContext(Client(self.host.url))
        return self.host

    def ask(self, method, target, sign=False, **headers):
        return self.client.ask(method, target, {name.replace("_", "-"): value for name, value in headers.items()}, sign)


class Container(Case):
    def test_the_token_has_to_be_right(self):
        agent = self.serve(ContainerAgent(token="let me in"))
        self.assertEqual(self.ask("GET", agent.path).status, 401)
        self.assertEqual(self.ask("GET", agent.path, authorization="let me").status, 401)
        self.assertEqual(self.ask("GET", "/", authorization="let me in").status, 404)
        said = json.loads(self.ask("GET", agent.path, authorization="let me in").body)
        self.assertEqual((said["AccessKeyId"], said["SecretAccessKey"], said["Token"], agent.given),
                         (agent.issued.access_key_id, agent.issued.secret, agent.issued.token, 1))
        expires = time.strptime(said["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
        self.assertAlmostEqual(time.mktime(expires) - time.timezone, time.time() + 3600, delta=60)

    def test_it_can_fail_and_renew(self):
        agent = self.serve(ContainerAgent())
        agent.failing = refused(500)
        self.assertEqual(self.ask("GET", agent.path).status, 500)
        agent.failing = None
        agent.issued = Issued("ASIA2", lifetime=10)
        self.assertEqual(json.loads(self.ask("GET", agent.path).body)["AccessKeyId"], "ASIA2")


class Metadata(Case):
    def test_three_steps_and_no_way_around_them(self):
        service = self.serve(MetadataService())
        path = "/latest/meta-data/iam/security-credentials/"
        self.assertEqual(self.ask("GET", path).status, 401)
        self.assertEqual(self.ask("GET", "/latest/api/token", x_aws_ec2_metadata_token_ttl_seconds="60").status, 405)
        self.assertEqual(self.ask("PUT", "/latest/api/token").status, 400)
        token = self.ask("PUT", "/latest/api/token", x_aws_ec2_metadata_token_ttl_seconds="60").body.decode()
        role = self.ask("GET", path, x_aws_ec2_metadata_token=token).body.decode()
        said = json.loads(self.ask("GET", path + role, x_aws_ec2_metadata_token=token).body)
        self.assertEqual((said["Code"], said["AccessKeyId"]), ("Success", service.issued.access_key_id))
        self.assertEqual(self.ask("GET", path + "other", x_aws_ec2_metadata_token=token).status, 404)
        region = self.ask("GET", "/latest/meta-data/placement/region", x_aws_ec2_metadata_token=token)
        self.assertEqual(region.body, b"us-east-1")
        service.role = None
        self.assertEqual(self.ask("GET", path, x_aws_ec2_metadata_token=token).status, 404)


class SecurityTokens(Case):
    ROLE = "arn:aws:iam::123456789012:role/tiles"

    def assume(self, action="AssumeRole", sign=True, service="sts", **parameters):
        body = urlencode({"Action": action, "Version": "2011-06-15", "RoleArn": self.ROLE, "RoleSessionName": "me",
                          **parameters}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.client.ask("POST", "/", headers, sign, body, **({"service": service} if sign else {}))

    def test_a_role_is_for_those_who_may(self):
        sts = self.serve(Sts({KEY_ID: SECRET}))
        answer = self.assume()
        self.assertEqual(answer.status, 200)
        elements = {element.tag.rpartition("}")[2]: element.text for element in ElementTree.fromstring(answer.body).iter()}
        self.assertEqual((elements["AccessKeyId"], elements["SecretAccessKey"], elements["SessionToken"]),
                         (sts.issued.access_key_id, sts.issued.secret, sts.issued.token))
        for status, code, options in ((403, "MissingAuthenticationToken", {"sign": False}),
                                      (403, "SignatureDoesNotMatch", {"service": "s3"}),
                                      (403, "AccessDenied", {"RoleArn": self.ROLE + "x"}),
                                      (403, "AccessDenied", {"ExternalId": "x"}),
                                      (400, "ValidationError", {"Version": "1"}),
                                      (400, "InvalidAction", {"action": "GetSessionToken"})):
            answer = self.assume(**options)
            self.assertEqual((answer.status, answer.code), (status, code))
        sts.keys = {KEY_ID: SECRET + "x"}
        self.assertEqual(self.assume().code, "SignatureDoesNotMatch")
        sts.keys = {}
        self.assertEqual(self.assume().code, "InvalidClientTokenId")
        self.assertEqual(sts.given, 1)

    def test_a_web_identity_needs_no_signature(self):
        self.serve(Sts(web_identity="eyJ.a.b", external_id=None))
        answer = self.assume("AssumeRoleWithWebIdentity", sign=False, WebIdentityToken="eyJ.a.b")
        self.assertIn(b"<AssumeRoleWithWebIdentityResult>", answer.body)
        answer = self.assume("AssumeRoleWithWebIdentity", sign=False, WebIdentityToken="other")
        self.assertEqual(answer.code, "InvalidIdentityToken")


class Proxy(unittest.TestCase):
    def test_names_of_the_world_lead_to_the_scripted_s3(self):
        authority = Authority(self.enterContext(tempfile.TemporaryDirectory()))
        name = "tiles.s3.eu-west-1.amazonaws.com"
        s3 = self.enterContext(ScriptedS3(keys=None, tls=authority.server_context(name)))
        s3.put("a", b"content")
        with ConnectProxy(lambda: s3.port) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as plain:
            plain.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
            self.assertTrue(plain.recv(1000).endswith(b"\r\n\r\n"))
            context = ssl.create_default_context(cafile=authority.bundle)
            with context.wrap_socket(plain, server_hostname=name) as secure:
                secure.sendall(f"GET /a HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                self.assertIn(b" 403 ", secure.recv(1000))
            self.assertEqual(proxy.asked, [f"{name}:443"])


if __name__ == "__main__":
    unittest.main()
