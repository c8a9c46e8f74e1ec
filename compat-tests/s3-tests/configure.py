#!/usr/bin/env python3
"""Makes the accounts that ceph/s3-tests wants and writes its configuration, one file a worker.

    configure.py ENDPOINT DIRECTORY WORKER...

The operator's credentials are in OBJECTSTORE_ROOT_USER and OBJECTSTORE_ROOT_PASSWORD, the server for tiers in OBJECTSTORE_SUITE_CLOUD. DIRECTORY holds oidc.json (see oidc.py).

The suite's second S3 user is at the same time an account (grants name its canonical id) and an IAM user of the account in [iam]
(policies are put on a user of that name). So it is a user whose name is the canonical id of its account, with all rights there.
"""
import configparser
import json
import os
import pathlib
import secrets
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"
CLOUD_BUCKET = "cloud-bucket"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Admin:
    """The admin API, as the operator's root."""

    def __init__(self, endpoint, access_key, secret_key):
        self._endpoint = endpoint
        self._credentials = Credentials(access_key, secret_key)

    def call(self, method, path, document=None):
        body = b"" if document is None else json.dumps(document).encode()
        request = AWSRequest(method=method, url=f"{self._endpoint}/-/admin/v1/{path}", data=body, headers={"Content-Type": "application/json"})
        S3SigV4Auth(self._credentials, "s3", REGION).add_auth(request)
        raw = urllib.request.Request(request.url, data=body if body else None, headers=dict(request.headers.items()), method=method)
        try:
            with urllib.request.urlopen(raw, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}")

    def account(self, name, own_id_owns=False):
        """A new account and a key of its root, as sections of the configuration want them; as with Ceph its id may be what it owns under."""
        wish = {"name": name, "email": f"{name}@example.com"}
        if own_id_owns:
            wish["id"] = wish["canonicalId"] = str(secrets.randbelow(9 * 10 ** 11) + 10 ** 11)
        made = self.call("POST", "accounts", wish)
        key = self.call("POST", f"accounts/{made['id']}/keys", {})
        return section(made, key["accessKeyId"], key["secretAccessKey"])


def section(account, access_key, secret_key):
    return {"display_name": account["name"], "user_id": account["canonicalId"], "email": account.get("email", ""),
            "access_key": access_key, "secret_key": secret_key, "account_id": account["id"]}


def user_named_like_its_account(endpoint, owner):
    """A user with all rights in the account whose root owner is."""
    iam = boto3.client("iam", region_name=REGION, endpoint_url=endpoint, aws_access_key_id=owner["access_key"], aws_secret_access_key=owner["secret_key"])
    iam.create_user(UserName=owner["user_id"])
    iam.attach_user_policy(UserName=owner["user_id"], PolicyArn=ADMINISTRATOR)
    key = iam.create_access_key(UserName=owner["user_id"])["AccessKey"]
    return {**owner, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def accounts_of(worker, admin, endpoint):
    made = {name: admin.account(f"{worker}-{name.replace(' ', '-')}", name.startswith("iam")) for name in ("s3 main", "s3 tenant", "iam root", "iam alt root")}
    # The STS cases expect ARNs without an account, which only the operator's account has, and that roles reach everybody's buckets, as
    # with Ceph those of all who have no account.
    made["iam"] = operator(admin) if worker == "alone" else admin.account(f"{worker}-s3-alt")
    if worker == "alone":
        made["s3 main"] = made["iam"]
    made["s3 alt"] = user_named_like_its_account(endpoint, made["iam"])
    return made


def operator(admin):
    account = next(account for account in admin.call("GET", "accounts")["accounts"] if account["isOperator"])
    return section(account, os.environ["OBJECTSTORE_ROOT_USER"], os.environ["OBJECTSTORE_ROOT_PASSWORD"])


def tiers(admin):
    """Two storage classes that lie in the server that OBJECTSTORE_SUITE_CLOUD names: one in a bucket there, one in a bucket there for each here."""
    cloud = os.environ["OBJECTSTORE_SUITE_CLOUD"]
    key, secret = os.environ["OBJECTSTORE_ROOT_USER"], os.environ["OBJECTSTORE_ROOT_PASSWORD"]
    client = boto3.client("s3", region_name=REGION, endpoint_url=cloud, aws_access_key_id=key, aws_secret_access_key=secret)
    # A second server of the suite has the same tiers.
    client.create_bucket(Bucket=CLOUD_BUCKET)
    admin.call("PUT", "remotes/cloud", {"endpoint": cloud, "accessKey": key, "secretKey": secret})
    admin.call("PUT", "tiers/CLOUDTIER", {"remote": "cloud", "bucket": CLOUD_BUCKET, "plainNames": True, "readThrough": True, "keepDays": 2})
    admin.call("PUT", "tiers/CLOUDEACH", {"remote": "cloud", "bucket": "each-${bucket}", "plainNames": True})
    address = urlsplit(cloud)
    return {"host": address.hostname, "port": address.port, "is_secure": False, "access_key": key, "secret_key": secret, "cloud_storage_class": "CLOUDTIER",
            "retain_head_object": "true", "allow_read_through": "true", "read_through_restore_days": "2", "target_path": CLOUD_BUCKET, "storage_class": "LUKEWARM",
            "target_by_bucket": "false", "target_by_bucket_prefix": "each-${bucket}"}


def write(path, endpoint, oidc, accounts, cloud):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    address = urlsplit(endpoint)
    parser["DEFAULT"] = {"host": address.hostname, "port": address.port, "is_secure": address.scheme == "https", "ssl_verify": False}
    parser["fixtures"] = {"bucket prefix": f"s3t-{path.stem}-{{random}}-", "iam name prefix": "s3t-", "iam path prefix": "/s3t/"}
    for name in ("s3 main", "s3 alt", "s3 tenant", "iam"):
        parser[name] = {key: value for key, value in accounts[name].items() if key != "account_id"}
    parser["s3 main"].update({"api_name": REGION, "lc_debug_interval": "5", "storage_classes": "LUKEWARM, FROZEN", "kms_keyid": "testkey-1", "kms_keyid2": "testkey-2"})
    parser["s3 tenant"]["tenant"] = "testx"
    # The first one's id is compared with what GetCallerIdentity says; the second one's stands in grants.
    for name, user_id in (("iam root", "account_id"), ("iam alt root", "user_id")):
        account = accounts[name]
        parser[name] = {"access_key": account["access_key"], "secret_key": account["secret_key"], "user_id": account[user_id], "email": account["email"]}
    # Days last for five seconds (run.sh); a restore is done within this period.
    parser["s3 main"].update({"rgw_restore_debug_interval": "5", "rgw_restore_processor_period": "3"})
    parser["s3 cloud"] = cloud
    parser["webidentity"] = oidc
    with open(path, "w", encoding="utf-8") as file:
        parser.write(file)


def main(endpoint, directory, workers):
    oidc = json.loads((directory / "oidc.json").read_text())
    admin = Admin(endpoint, os.environ["OBJECTSTORE_ROOT_USER"], os.environ["OBJECTSTORE_ROOT_PASSWORD"])
    cloud = tiers(admin)
    for worker in workers:
        write(directory / f"{worker}.conf", endpoint, oidc, accounts_of(worker, admin, endpoint), cloud)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:])
