"""Events as the fronts of AWS Lambda send them for a request."""

from urllib.parse import parse_qsl, unquote

DOMAIN = "abcdef1234.execute-api.us-east-1.amazonaws.com"
SOURCE_IP = "198.51.100.1"


def _split(target):
    path, _, query = target.partition("?")
    return path, query


def _multi(pairs):
    out = {}
    for name, value in pairs:
        out.setdefault(name, []).append(value)
    return out


def rest(target, headers=(), method="GET", stage="prod", base_path="", domain=DOMAIN):
    """Of a REST API, payload format 1.0. `base_path`: of a custom domain, which then has no stage in its URLs."""
    path, query = _split(target)
    sent = [("Host", domain), ("X-Forwarded-For", SOURCE_IP), ("X-Forwarded-Port", "443"), ("X-Forwarded-Proto", "https"),
            *headers]
    parameters = parse_qsl(query, keep_blank_values=True)
    return {
        "resource": "/{proxy+}", "path": base_path + path, "httpMethod": method,
        "headers": dict(sent), "multiValueHeaders": _multi(sent),
        "queryStringParameters": dict(parameters) or None, "multiValueQueryStringParameters": _multi(parameters) or None,
        "pathParameters": {"proxy": path.lstrip("/")}, "stageVariables": None,
        "requestContext": {
            "resourceId": "123456", "resourcePath": "/{proxy+}", "httpMethod": method,
            "path": (base_path if base_path or domain != DOMAIN else f"/{stage}") + path, "accountId": "123456789012",
            "protocol": "HTTP/1.1", "stage": stage, "domainPrefix": domain.partition(".")[0],
            "requestTimeEpoch": 1583348638390, "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": SOURCE_IP, "userAgent": "curl/8", "accountId": None},
            "domainName": domain, "apiId": "abcdef1234"},
        "body": None, "isBase64Encoded": False}


def http_api(target, headers=(), method="GET", stage="$default", domain=DOMAIN):
    """Of an HTTP API, payload format 2.0."""
    path, query = _split(target)
    raw_path = ("" if stage == "$default" else f"/{stage}") + unquote(path)
    sent = {"host": domain, "x-forwarded-for": SOURCE_IP, "x-forwarded-port": "443", "x-forwarded-proto": "https"}
    for name, value in headers:
        name = name.lower()
        sent[name] = f"{sent[name]},{value}" if name in sent else value
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": raw_path, "rawQueryString": query, "headers": sent,
        **({"queryStringParameters": dict(parse_qsl(query))} if query else {}),
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef1234", "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": SOURCE_IP,
                     "userAgent": "curl/8"},
            "requestId": "id", "routeKey": "$default", "stage": stage, "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390},
        "isBase64Encoded": False}


def function_url(target, headers=(), method="GET"):
    """Of a function URL: as an HTTP API without a stage."""
    return http_api(target, headers, method, domain="abcdef.lambda-url.us-east-1.on.aws")


def alb(target, headers=(), method="GET", multi_value=False, scheme="https"):
    """Of an Application Load Balancer, in either form of headers."""
    path, query = _split(target)
    sent = [("host", "lb-1234567.us-east-1.elb.amazonaws.com"), ("x-forwarded-for", SOURCE_IP),
            ("x-forwarded-port", "443"), ("x-forwarded-proto", scheme),
            *((name.lower(), value) for name, value in headers)]
    parameters = [pair.partition("=")[::2] for pair in query.split("&")] if query else []
    form = {"multiValueHeaders": _multi(sent), "multiValueQueryStringParameters": _multi(parameters)} if multi_value else {
        "headers": dict(sent), "queryStringParameters": dict(parameters)}
    return {"requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b"}},
            "httpMethod": method, "path": path, **form, "body": "", "isBase64Encoded": False}


def alb_multi_value(target, headers=(), method="GET", scheme="https"):
    return alb(target, headers, method, True, scheme)


# Name to a function of target, headers and method.
SHAPES = {"rest": rest, "http_api": http_api, "function_url": function_url, "alb": alb, "alb_multi_value": alb_multi_value}

SCHEDULE = {"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "123456789012", "time": "2015-10-08T16:53:06Z", "region": "us-east-1",
            "resources": ["arn:aws:events:us-east-1:123456789012:rule/warm"], "detail": {}}

# What is no request.
SQS = {"Records": [{"messageId": "19dd0b57", "receiptHandle": "MessageReceiptHandle", "body": "Hello from SQS!",
                    "eventSource": "aws:sqs", "awsRegion": "us-east-1"}]}
S3 = {"Records": [{"eventVersion": "2.0", "eventSource": "aws:s3", "s3": {"object": {"key": "HappyFace.jpg"}}}]}
WEB_SOCKET = {"requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "Fi5Yc"}}
