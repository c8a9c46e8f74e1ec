#!/usr/bin/env python3
"""Makes the accounts that ceph/s3-tests wants and writes its configuration, one file a worker.

    configure.py BINARY ENDPOINT DIRECTORY WORKER...

The operator's credentials are in OBJECTSTORE_ROOT_USER and OBJECTSTORE_ROOT_PASSWORD. DIRECTORY holds oidc.json (see oidc.py).
"""
import configparser
import json
import os
import pathlib
import sys
from urllib.parse import urlsplit


def root_of_all():
    return {"access_key": os.environ["OBJECTSTORE_ROOT_USER"], "secret_key": os.environ["OBJECTSTORE_ROOT_PASSWORD"],
            "user_id": "0" * 64, "display_name": "root", "email": "root@example.com", "account_id": "000000000000"}


def write(path, endpoint, oidc, accounts):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    address = urlsplit(endpoint)
    parser["DEFAULT"] = {"host": address.hostname, "port": address.port, "is_secure": address.scheme == "https", "ssl_verify": False}
    parser["fixtures"] = {"bucket prefix": f"s3t-{path.stem}-{{random}}-", "iam name prefix": "s3-tests-", "iam path prefix": "/s3-tests/"}
    for section in ("s3 main", "s3 alt", "s3 tenant", "iam"):
        account = accounts[section]
        parser[section] = {name: account[name] for name in ("display_name", "user_id", "email", "access_key", "secret_key")}
    parser["s3 main"].update({"api_name": "us-east-1", "lc_debug_interval": "10"})
    parser["s3 tenant"]["tenant"] = "testx"
    for section in ("iam root", "iam alt root"):
        account = accounts[section]
        parser[section] = {"access_key": account["access_key"], "secret_key": account["secret_key"], "user_id": account["account_id"], "email": account["email"]}
    parser["webidentity"] = oidc
    with open(path, "w", encoding="utf-8") as file:
        parser.write(file)


def main(binary, endpoint, directory, workers):
    oidc = json.loads((directory / "oidc.json").read_text())
    for worker in workers:
        accounts = {section: root_of_all() for section in ("s3 main", "s3 alt", "s3 tenant", "iam", "iam root", "iam alt root")}
        write(directory / f"{worker}.conf", endpoint, oidc, accounts)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:])
