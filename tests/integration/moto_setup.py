"""Buckets, users and roles for test_s3_moto. Run by the Python that has moto; prints keys as JSON.

Nothing is authorized yet while this runs; afterwards everything is.
"""

import json
import sys
import urllib.request

import boto3

BUCKET = "tiles-of-tests"


def allow(*actions, resource):
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]})


def main(endpoint):
    options = {"endpoint_url": endpoint, "region_name": "us-east-1", "aws_access_key_id": "a",
               "aws_secret_access_key": "b"}
    iam, s3 = boto3.client("iam", **options), boto3.client("s3", **options)
    s3.create_bucket(Bucket=BUCKET)
    objects = f"arn:aws:s3:::{BUCKET}/*"
    bucket = f"arn:aws:s3:::{BUCKET}"
    keys = {}

    def user(name, *policies):
        iam.create_user(UserName=name)
        for number, policy in enumerate(policies):
            iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys[name] = [key["AccessKeyId"], key["SecretAccessKey"]]

    read = allow("s3:GetObject", resource=objects), allow("s3:ListBucket", resource=bucket)
    user("writer", allow("s3:*", resource="*"))
    user("reader", *read)
    user("nobody", allow("s3:GetObject", resource="arn:aws:s3:::elsewhere/*"))
    user("assumer", allow("sts:AssumeRole", resource="*"))
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName="tiles", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for number, policy in enumerate(read):
        iam.put_role_policy(RoleName="tiles", PolicyName=f"p{number}", PolicyDocument=policy)
    sts = boto3.client("sts", **{**options, "aws_access_key_id": keys["writer"][0],
                                 "aws_secret_access_key": keys["writer"][1]})
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    keys["assumed"] = [assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]]
    request = urllib.request.Request(f"{endpoint}/moto-api/reset-auth", data=b"0", method="POST",
                                     headers={"Content-Type": "text/plain"})  # a form would be parsed, and be empty
    urllib.request.urlopen(request).close()
    print(json.dumps({"bucket": BUCKET, "role": role, "keys": keys}))


if __name__ == "__main__":
    main(sys.argv[1])
