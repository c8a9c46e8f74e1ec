# Stores an object in the bucket of a claim and reads it back. The credentials are a secret's, in either form of COSI:
# v1alpha1 mounts one file of JSON, v1alpha2 sets variables of the environment, with a ServiceAccount in place of keys if so granted.
import json
import os

import boto3
from botocore.config import Config


def of_file(path):
    """v1alpha1: /data/cosi/BucketInfo."""
    with open(path) as file:
        spec = json.load(file)["spec"]
    s3 = spec["secretS3"]
    return spec["bucketName"], s3["endpoint"], s3["region"], "path", s3["accessKeyID"], s3["accessSecretKey"]


def of_environment(env):
    """v1alpha2: the names of now, and those of snapshots before the middle of 2026."""
    def first(*names):
        return next((env[name] for name in names if env.get(name)), None)

    return (
        first("BUCKET_NAME", "COSI_S3_BUCKET_ID"),
        first("AWS_ENDPOINT_URL", "COSI_S3_ENDPOINT"),
        first("AWS_DEFAULT_REGION", "COSI_S3_REGION"),
        first("AWS_S3_ADDRESSING_STYLE", "COSI_S3_ADDRESSING_STYLE") or "path",
        first("AWS_ACCESS_KEY_ID", "COSI_S3_ACCESS_KEY_ID"),
        first("AWS_SECRET_ACCESS_KEY", "COSI_S3_ACCESS_SECRET_KEY"),
    )


def of_service_account(endpoint, region):
    """The pod's projected token in exchange for credentials of a while; boto3 of an image can also do it by AWS_ROLE_ARN."""
    sts = boto3.client("sts", endpoint_url=endpoint, region_name=region, aws_access_key_id="-", aws_secret_access_key="-")
    with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]) as file:
        token = file.read()
    answer = sts.assume_role_with_web_identity(RoleArn=os.environ["AWS_ROLE_ARN"], RoleSessionName="app", WebIdentityToken=token)
    return answer["Credentials"]


def main():
    file = os.environ.get("BUCKET_INFO", "/data/cosi/BucketInfo")
    found = of_file(file) if os.path.exists(file) else of_environment(os.environ)
    bucket, endpoint, region, style, access_key, secret_key = found
    session_token = None
    if access_key is None:
        credentials = of_service_account(endpoint, region)
        access_key, secret_key, session_token = credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    s3 = boto3.client(
        "s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=access_key, aws_secret_access_key=secret_key,
        aws_session_token=session_token, config=Config(signature_version="s3v4", s3={"addressing_style": style}),
        verify=os.environ.get("AWS_CA_BUNDLE") or None)
    s3.put_object(Bucket=bucket, Key="hello.txt", Body=b"Hello from a pod.\n")
    print(s3.get_object(Bucket=bucket, Key="hello.txt")["Body"].read().decode(), end="")


if __name__ == "__main__":
    main()
