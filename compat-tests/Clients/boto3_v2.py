"""What an old client does: everything signed by Signature Version 2, URLs and forms too. boto3_v2.py BUCKET, against a server with --signature-v2."""
import hashlib
import os
import random
import sys
import urllib.error
import urllib.request

import boto3
import botocore
from botocore.client import Config
from botocore.exceptions import ClientError


def client(signature):
    return boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], config=Config(
        signature_version=signature, s3={"addressing_style": "path"}, retries={"max_attempts": 0}))


def send(url, method="GET", body=None, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method, headers=headers or {})) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def post(form, content):
    parts = [f'--bound\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form["fields"].items()]
    parts.append('--bound\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n')
    body = "".join(parts).encode() + content + b"\r\n--bound--\r\n"
    return send(form["url"], "POST", body, {"Content-Type": "multipart/form-data; boundary=bound"})


def subresources(s3, bucket, key, content):
    assert s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 1
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=content)["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    assert s3.head_object(Bucket=bucket, Key="big")["ContentLength"] == len(content)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})["Deleted"]) == 2


s3 = client("s3")
bucket = sys.argv[1]
s3.create_bucket(Bucket=bucket)
key = "dir/\u00fc +%&=.txt"
content = random.Random(1).randbytes(200_000)

tag = s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata={"colour": "blue"}, ContentType="text/x-odd")["ETag"]
assert tag == '"%s"' % hashlib.md5(content).hexdigest()
got = s3.get_object(Bucket=bucket, Key=key, ResponseContentType="text/plain; a=b", Range="bytes=5-9")
assert got["Body"].read() == content[5:10] and got["ContentType"] == "text/plain; a=b" and got["Metadata"] == {"colour": "blue"}
assert [entry["Key"] for entry in s3.list_objects(Bucket=bucket, Prefix="dir/", Delimiter="/")["Contents"]] == [key]
s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})

url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key, "ResponseContentType": "text/plain"}, ExpiresIn=600)
assert "AWSAccessKeyId=" in url
status, headers, body = send(url)
assert (status, headers["Content-Type"], body) == (200, "text/plain", content)
assert send(url.replace("text%2Fplain", "text%2Fhtml"))[0] == 403
assert send(url.replace("/dir/", "/other/"))[0] == 403
url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "put", "ContentType": "text/x-odd", "Metadata": {"colour": "red"}}, ExpiresIn=600)
assert send(url, "PUT", content, {"Content-Type": "text/x-odd"})[0] == 200
assert send(url, "PUT", content, {"Content-Type": "text/html"})[0] == 403
head = s3.head_object(Bucket=bucket, Key="put")
assert (head["ContentType"], head["Metadata"]) == ("text/x-odd", {"colour": "red"})
assert send(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=-10))[0] == 403

for signature in ["s3", "s3v4"]:
    form = client(signature).generate_presigned_post(bucket, "posts/${filename}", {"success_action_status": "201"}, [
        {"success_action_status": "201"}, ["content-length-range", 1, len(content)]])
    assert ("AWSAccessKeyId" in form["fields"]) == (signature == "s3"), form
    status, headers, body = post(form, content)
    assert status == 201 and b"<Key>posts/a.txt</Key>" in body, body
    assert s3.get_object(Bucket=bucket, Key="posts/a.txt")["Body"].read() == content
    assert post(form, content + b"!")[0] == 400

# Older botocore signs the whole of some targets, with parameters that belong there twice or not at all; s3cmd tests these calls then.
if tuple(int(part) for part in botocore.__version__.split(".")[:2]) >= (1, 37):
    subresources(s3, bucket, key, content)
thief = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong",
                     config=Config(signature_version="s3"))
try:
    thief.list_buckets()
    raise AssertionError("a wrong secret was taken")
except ClientError as error:
    assert error.response["Error"]["Code"] == "SignatureDoesNotMatch", error
print("v2: ok")
