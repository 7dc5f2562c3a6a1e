"""Those who give credentials: STS, the container's agent, and EC2's metadata service, each a small one of its own."""

import json
import time
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import sigv4
from host import Host
from wire import Answer


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Issued:
    """Credentials that somebody gives. `lifetime` in seconds from now."""

    def __init__(self, access_key_id="ASIAISSUED0000000000", secret="issued/secret+key", token="issued/token==",
                 lifetime=3600):
        self.access_key_id, self.secret, self.token = access_key_id, secret, token
        self.expires = time.time() + lifetime

    def as_json(self, **more):
        return json.dumps({"AccessKeyId": self.access_key_id, "SecretAccessKey": self.secret, "Token": self.token,
                           "Expiration": stamp(self.expires), **more}).encode()


def refused(status, text="no"):
    return Answer(status, [("Content-Type", "text/plain")], text.encode())


class Issuer(Host):
    """What all of them share: `issued` is given to who asks rightly; `failing`, an Answer, to everybody."""

    def __init__(self, issued=None, **options):
        super().__init__(**options)
        self.issued = issued or Issued()
        self.failing = None
        self.delay = 0  # seconds before each answer
        self.given = 0  # times that credentials were given

    def respond(self, request):
        answer = self.failing or self.give(request)
        answer.delay = self.delay
        return answer

    def give(self, request):
        raise NotImplementedError

    def as_answer(self, **more):
        self.given += 1
        return Answer(200, [("Content-Type", "application/json")], self.issued.as_json(**more))


class ContainerAgent(Issuer):
    """ECS' and EKS' agent: GET on a path, with a token as Authorization."""

    def __init__(self, token=None, path="/v2/credentials/tiles", **options):
        super().__init__(**options)
        self.token = token
        self.path = path

    def give(self, request):
        if request.method != "GET" or request.target != self.path:
            return refused(404)
        if request["authorization"] != self.token:
            return refused(401, '{"code": "InvalidToken", "message": "no"}')
        return self.as_answer(RoleArn="arn:aws:iam::123456789012:role/tiles")


class MetadataService(Issuer):
    """EC2's, version 2: nothing without a session token."""

    _SESSION = "AQAAAsession=="

    def __init__(self, role="tiles-role", region="us-east-1", **options):
        super().__init__(**options)
        self.role = role
        self.region = region

    def give(self, request):
        if request.target == "/latest/api/token":
            if request.method != "PUT":
                return refused(405)
            if not (request["x-aws-ec2-metadata-token-ttl-seconds"] or "").isdigit() or request["x-forwarded-for"]:
                return refused(400)
            return Answer(200, [], self._SESSION.encode())
        if request["x-aws-ec2-metadata-token"] != self._SESSION:
            return refused(401)
        roles = "/latest/meta-data/iam/security-credentials/"
        if request.target == roles and self.role:
            return Answer(200, [("Content-Type", "text/plain")], self.role.encode())
        if self.role and request.target == roles + self.role:
            return self.as_answer(Code="Success", Type="AWS-HMAC", LastUpdated=stamp(time.time()))
        if request.target == "/latest/meta-data/placement/region":
            return Answer(200, [], self.region.encode())
        return refused(404)


class SingleSignOn(Issuer):
    """IAM Identity Center: the portal (GetRoleCredentials) and OIDC (CreateToken) on one host.

    `access_token` opens the portal. `refresh_token`, which is used up by that, renews it.
    """

    def __init__(self, access_token="access/first", refresh_token="refresh/first", role="Reader", account="123456789012",
                 **options):
        super().__init__(**options)
        self.access_token, self.refresh_token = access_token, refresh_token
        self.role, self.account = role, account
        self.renewed = 0

    def as_cached(self, lifetime, **more):
        """What `aws sso login` puts into its cache."""
        return json.dumps({"accessToken": self.access_token, "expiresAt": stamp(time.time() + lifetime),
                           "refreshToken": self.refresh_token, "clientId": "client", "clientSecret": "client/secret",
                           "registrationExpiresAt": stamp(time.time() + 86400), "startUrl": "https://example.awsapps.com",
                           "region": "eu-west-1", **more}).encode()

    def give(self, request):
        path, _, query = request.target.partition("?")
        if (request.method, path) == ("POST", "/token"):
            return self._renew(json.loads(request.body))
        if (request.method, path) != ("GET", "/federation/credentials"):
            return refused(404)
        if request["x-amz-sso_bearer_token"] != self.access_token:
            return refused(401, '{"message": "Session token not found or invalid"}')
        if parse_qs(query) != {"role_name": [self.role], "account_id": [self.account]}:
            return refused(403, '{"message": "No access"}')
        self.given += 1
        role = {"accessKeyId": self.issued.access_key_id, "secretAccessKey": self.issued.secret,
                "sessionToken": self.issued.token, "expiration": int(self.issued.expires * 1000)}
        return Answer(200, [("Content-Type", "application/json")], json.dumps({"roleCredentials": role}).encode())

    def _renew(self, asked):
        wanted = {"grantType": "refresh_token", "clientId": "client", "clientSecret": "client/secret",
                  "refreshToken": self.refresh_token}
        if asked != wanted:
            return refused(400, '{"error": "invalid_grant"}')
        self.renewed += 1
        self.access_token, self.refresh_token = f"access/{self.renewed}", f"refresh/{self.renewed}"
        return Answer(200, [("Content-Type", "application/json")], json.dumps(
            {"accessToken": self.access_token, "refreshToken": self.refresh_token, "expiresIn": 3600,
             "tokenType": "Bearer"}).encode())


class Sts(Issuer):
    """AssumeRole and AssumeRoleWithWebIdentity.

    `keys`: access key ids to secrets (or (secret, token)) that may assume the role; `web_identity`: the token that may.
    """

    def __init__(self, keys=None, role_arn="arn:aws:iam::123456789012:role/tiles", external_id=None, web_identity=None,
                 **options):
        super().__init__(**options)
        self.keys = keys or {}
        self.role_arn = role_arn
        self.external_id = external_id
        self.web_identity = web_identity
        self.asked = []  # the parameters of each request

    def give(self, request):
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.asked.append(asked)
        try:
            action = self._allow(request, asked)
        except sigv4.Refusal as refusal:
            return self._error(refusal)
        self.given += 1
        issued = self.issued
        elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (
            ("AccessKeyId", issued.access_key_id), ("SecretAccessKey", issued.secret), ("SessionToken", issued.token),
            ("Expiration", stamp(issued.expires))))
        return Answer(200, [("Content-Type", "text/xml")], (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><AssumedRoleUser>'
            f"<Arn>{escape(self.role_arn)}</Arn></AssumedRoleUser><Credentials>{elements}</Credentials>"
            f"</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
        ).encode())

    def _allow(self, request, asked):
        action = asked.get("Action")
        denied = sigv4.Refusal(403, "AccessDenied", "not authorized to perform: sts:" + str(action))
        if request.method != "POST" or asked.get("Version") != "2011-06-15" or not asked.get("RoleSessionName"):
            raise sigv4.Refusal(400, "ValidationError", "something is missing")
        if asked.get("RoleArn") != self.role_arn or asked.get("ExternalId") != self.external_id:
            raise denied
        if action == "AssumeRoleWithWebIdentity":
            if self.web_identity is None or asked.get("WebIdentityToken") != self.web_identity:
                raise sigv4.Refusal(400, "InvalidIdentityToken", "the token is not valid")
        elif action == "AssumeRole":
            self._check_signature(request)
        else:
            raise sigv4.Refusal(400, "InvalidAction", str(action))
        return action

    def _check_signature(self, request):
        value = request["authorization"]
        if value is None:
            raise sigv4.Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        authorization = sigv4.Authorization(value)
        known = self.keys.get(authorization.access_key_id)
        secret, token = known if isinstance(known, tuple) else (known, None)
        if secret is None or request["x-amz-security-token"] != token:
            raise sigv4.Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        if authorization.service != "sts":
            raise sigv4.Refusal(403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'.")
        stamp_ = sigv4.check_time(request, authorization, self.clock.now())
        sigv4.check_signed_headers(request, authorization)
        sigv4.check_signature(request, authorization, secret, stamp_)

    @staticmethod
    def _error(refusal):
        return Answer(refusal.status, [("Content-Type", "text/xml")], (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
            f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error><RequestId>1</RequestId>"
            "</ErrorResponse>").encode())
