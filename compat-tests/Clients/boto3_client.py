"""Scenarios of a boto3 user. Each asserts on its own; the test runs one per process: boto3_client.py SCENARIO BUCKET."""
import hashlib
import os
import random
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

# Without retries: botocore would repeat what is refused on purpose. SigV4 for presigned URLs too: its default there is SigV2.
s3 = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], config=Config(
    signature_version="s3v4", s3={"addressing_style": "path"}, max_pool_connections=16, retries={"max_attempts": 0}))


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "none"


def ranges_and_metadata(bucket):
    body = random.Random(1).randbytes(3_000_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, Metadata={"colour": "blue", "Size": "big"}, ContentType="text/x-odd",
                        CacheControl="max-age=5", ContentDisposition="attachment; filename=\"a\"", ContentLanguage="de")
    assert put["ETag"] == '"%s"' % hashlib.md5(body).hexdigest(), put
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body
    assert got["Metadata"] == {"colour": "blue", "size": "big"}, got["Metadata"]
    assert (got["ContentType"], got["CacheControl"], got["ContentLanguage"]) == ("text/x-odd", "max-age=5", "de")
    for first, last in [(0, 0), (0, 65535), (65535, 65537), (262143, 262145), (1_000_000, 2_999_999), (2_999_999, 5_000_000)]:
        part = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert part["Body"].read() == body[first:last + 1], (first, last)
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=-5")["Body"].read() == body[-5:]
    assert code_of(s3.get_object, Bucket=bucket, Key="k", Range="bytes=3000000-") == "InvalidRange"
    changed = s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"}, MetadataDirective="REPLACE", Metadata={"colour": "red"})
    assert changed["CopyObjectResult"]["ETag"] == put["ETag"]
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"colour": "red"}


def listing_of_10000_keys_with_delimiters(bucket):
    keys = [f"{i % 10}/{i % 100:02}/key-{i:05}" for i in range(10_000)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode()), keys))
    found = [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for entry in page["Contents"]]
    assert found == sorted(keys)
    found = [entry["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 333}) for entry in page["Contents"]]
    assert found == sorted(keys)
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in top["CommonPrefixes"]] == [f"{i}/" for i in range(10)] and "Contents" not in top
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="3/", Delimiter="/", PaginationConfig={"PageSize": 3}))
    assert [p["Prefix"] for page in pages for p in page["CommonPrefixes"]] == [f"3/{i:02}/" for i in range(3, 100, 10)]
    assert len(pages) == 4
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="9/99/key-09000", MaxKeys=7)
    assert [entry["Key"] for entry in after["Contents"]] == [k for k in sorted(keys) if k > "9/99/key-09000"][:7]


def multipart_by_hand(bucket):
    parts = [random.Random(i).randbytes(5 << 20) for i in range(3)] + [b"tail"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", Metadata={"a": "b"})["UploadId"]
    etags = [s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=n * 7 + 1, Body=p)["ETag"] for n, p in enumerate(parts)]
    listed = s3.list_parts(Bucket=bucket, Key="m", UploadId=upload, MaxParts=2)
    assert [p["PartNumber"] for p in listed["Parts"]] == [1, 8] and listed["IsTruncated"]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["m"]
    chosen = [{"PartNumber": n * 7 + 1, "ETag": e} for n, e in enumerate(etags)]
    wrong = [dict(p, ETag='"00000000000000000000000000000000"') for p in chosen]
    assert code_of(s3.complete_multipart_upload, Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": wrong}) == "InvalidPart"
    assert code_of(s3.complete_multipart_upload, Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": chosen[::-1]}) == "InvalidPartOrder"
    done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": chosen})
    joined = hashlib.md5(b"".join(hashlib.md5(p).digest() for p in parts)).hexdigest()
    assert done["ETag"] == f'"{joined}-4"', done
    got = s3.get_object(Bucket=bucket, Key="m")
    assert got["Body"].read() == b"".join(parts) and got["Metadata"] == {"a": "b"}
    second = s3.get_object(Bucket=bucket, Key="m", PartNumber=8)
    assert second["Body"].read() == parts[1] and second["PartsCount"] == 4
    upload = s3.create_multipart_upload(Bucket=bucket, Key="c")["UploadId"]
    copied = s3.upload_part_copy(Bucket=bucket, Key="c", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/m", CopySourceRange="bytes=1000000-9000000")
    s3.complete_multipart_upload(Bucket=bucket, Key="c", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"".join(parts)[1000000:9000001]
    gone = s3.create_multipart_upload(Bucket=bucket, Key="gone")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="gone", UploadId=gone, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="gone", UploadId=gone)
    assert code_of(s3.list_parts, Bucket=bucket, Key="gone", UploadId=gone) == "NoSuchUpload"
    small = s3.create_multipart_upload(Bucket=bucket, Key="small")["UploadId"]
    two = [{"PartNumber": n, "ETag": s3.upload_part(Bucket=bucket, Key="small", UploadId=small, PartNumber=n, Body=b"x")["ETag"]} for n in (1, 2)]
    assert code_of(s3.complete_multipart_upload, Bucket=bucket, Key="small", UploadId=small, MultipartUpload={"Parts": two}) == "EntityTooSmall"


def versions(bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ids = [s3.put_object(Bucket=bucket, Key="v", Body=str(i).encode())["VersionId"] for i in range(5)]
    marker = s3.delete_object(Bucket=bucket, Key="v")
    assert marker["DeleteMarker"] and marker["VersionId"] not in ids
    assert code_of(s3.get_object, Bucket=bucket, Key="v") == "NoSuchKey"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == ids[::-1] and [m["IsLatest"] for m in listed["DeleteMarkers"]] == [True]
    assert s3.get_object(Bucket=bucket, Key="v", VersionId=ids[2])["Body"].read() == b"2"
    s3.delete_object(Bucket=bucket, Key="v", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="v")["Body"].read() == b"4"
    assert code_of(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(Bucket=bucket, Key="v", Body=b"null one").get("VersionId", "null") == "null"
    s3.put_object(Bucket=bucket, Key="v", Body=b"null two")
    assert s3.get_object(Bucket=bucket, Key="v", VersionId="null")["Body"].read() == b"null two"
    everything = s3.list_object_versions(Bucket=bucket)
    assert len(everything["Versions"]) == 6
    for version in everything["Versions"]:
        s3.delete_object(Bucket=bucket, Key="v", VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def conditional_requests(bucket):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    assert code_of(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=tag) == "304"
    assert code_of(s3.get_object, Bucket=bucket, Key="k", IfMatch='"nope"') == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=tag)["Body"].read() == b"one"

    def add(params, **_):
        params["headers"]["If-None-Match"] = "*"
    s3.meta.events.register("before-call.s3.PutObject", add)
    try:
        assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"two") == "PreconditionFailed"
        s3.put_object(Bucket=bucket, Key="new", Body=b"two")
    finally:
        s3.meta.events.unregister("before-call.s3.PutObject", add)
    assert code_of(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/k", CopySourceIfMatch='"nope"') == "PreconditionFailed"


def presigned_put_and_get(bucket):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "dir/ü +%.txt"}, ExpiresIn=60)
    body = random.Random(9).randbytes(700_000)
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})) as answer:
        assert answer.status == 200
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "dir/ü +%.txt", "ResponseContentType": "text/plain"}, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == body and answer.headers["Content-Type"] == "text/plain"


def post_form(post, body, **changed):
    """Posts a form as a browser does; returns status and body."""
    fields = {**post["fields"], **changed}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    parts.append(b'--b\r\nContent-Disposition: form-data; name="file"; filename="local name.txt"\r\nContent-Type: text/plain\r\n\r\n' + body + b"\r\n--b--\r\n")
    request = urllib.request.Request(post["url"], data=b"".join(parts), method="POST", headers={"Content-Type": "multipart/form-data; boundary=b"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def presigned_post(bucket):
    post = s3.generate_presigned_post(bucket, "uploads/${filename}", Fields={"success_action_status": "201", "x-amz-meta-a": "b"},
                                      Conditions=[{"success_action_status": "201"}, {"x-amz-meta-a": "b"}, ["content-length-range", 1, 100]], ExpiresIn=60)
    status, text = post_form(post, b"posted")
    assert status == 201 and "<Key>uploads/local name.txt</Key>" in text, (status, text)
    got = s3.get_object(Bucket=bucket, Key="uploads/local name.txt")
    assert got["Body"].read() == b"posted" and got["Metadata"] == {"a": "b"}
    for status, text, code in [(*post_form(post, b"x" * 101), "EntityTooLarge"), (*post_form(post, b""), "EntityTooSmall"),
                               (*post_form(post, b"x", key="elsewhere"), "AccessDenied"), (*post_form(post, b"x", **{"x-amz-meta-a": "c"}), "AccessDenied"),
                               (*post_form(post, b"x", **{"x-amz-signature": "0" * 64}), "SignatureDoesNotMatch")]:
        assert status >= 400 and f"<Code>{code}</Code>" in text, (code, status, text)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def delete_many(bucket):
    keys = [f"k{i:04}" for i in range(1000)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), keys))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys]})
    assert len(answer["Deleted"]) == 1000 and "Errors" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def errors(bucket):
    assert code_of(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert code_of(s3.get_object, Bucket=bucket + "-none", Key="none") == "NoSuchBucket"
    assert code_of(s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"") == "KeyTooLongError"
    assert code_of(s3.put_object, Bucket=bucket, Key="x", Body=b"abc", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==") == "BadDigest"
    assert code_of(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}}) == "NotImplemented"
    thief = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong")
    assert code_of(thief.list_buckets) == "SignatureDoesNotMatch"
    stranger = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], aws_access_key_id="nobody", aws_secret_access_key="wrong")
    assert code_of(stranger.list_buckets) == "InvalidAccessKeyId"


if __name__ == "__main__":
    scenario, name = sys.argv[1:]
    s3.create_bucket(Bucket=name)
    globals()[scenario](name)
    print(f"{scenario}: ok")
