"""A pytest plugin for ceph/s3-tests: accounts of its own for every worker, cases that clash in a pass of their own, and a limit on time.

Every case ends by deleting all buckets, roles and providers of the accounts that it was configured with, so that two workers
must not share accounts. OBJECTSTORE_SUITE_CONFIGURATIONS names the directory with one configuration a worker.
"""
import os
import secrets
import signal
import sys

import pytest

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["S3TEST_CONF"] = os.path.join(os.environ["OBJECTSTORE_SUITE_CONFIGURATIONS"], _WORKER + ".conf")

# With awscrt, botocore signs by compiled code, which refuses the empty region of the suite's IAM and STS clients.
sys.modules["awscrt"] = None

# The STS cases use the operator's account, which is one for all.
_ALONE = ("test_sts.py",)

# Both make a bucket of the same name and leave it, which only the same user can do.
_ALONE_CASES = ("test_column_sum_min_max", "test_json_column_sum_min_max")

# Sleeps until a session of a quarter of an hour is over.
_SLOW = "test_assume_role_creds_expiry"

# Copies of sealed objects, once for every two storage classes: nine times the cases, of which the first ninth says it all.
_ONCE = ("test_copy_enc", "test_copy_part_enc")


def _pass_of(item):
    if item.name == _SLOW:
        return "slow"
    return "alone" if item.path.name in _ALONE or item.name in _ALONE_CASES else "parallel"


def _is_chosen(item, chosen_pass):
    if _pass_of(item) != chosen_pass:
        return False
    parameters = getattr(item, "callspec", None)
    if parameters is None or getattr(item, "originalname", "") not in _ONCE:
        return True
    return all(parameters.params[name] == "STANDARD" for name in ("source_storage_class", "dest_storage_class"))


def pytest_addoption(parser):
    parser.addoption("--pass", choices=["parallel", "alone", "slow"], default="parallel", dest="objectstore_pass")
    parser.addoption("--case-timeout", type=int, default=120, help="seconds that one case may take")


def pytest_collection_modifyitems(config, items):
    chosen = [item for item in items if _is_chosen(item, config.getoption("objectstore_pass"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Names of its own for every case: the suite's cleanup leaves users that are still in a group, as IAM does not delete these."""
    import s3tests.functional
    name = "s3t-" + secrets.token_hex(4)
    s3tests.functional.config.iam_name_prefix = name + "-"
    s3tests.functional.config.iam_path_prefix = f"/{name}/"


def _choose_second_client(item):
    """In test_s3.py the second S3 client is an account of its own, whose canonical id is told; elsewhere policies are put on it as on a user."""
    import s3tests.functional
    config = s3tests.functional.config
    if not hasattr(config, "alt_user_keys"):
        config.alt_user_keys = (config.alt_access_key, config.alt_secret_key)
    # [iam] holds the keys of the root of the second client's account (see configure.py).
    root_keys = (config.iam_access_key, config.iam_secret_key)
    config.alt_access_key, config.alt_secret_key = root_keys if item.path.name == "test_s3.py" else config.alt_user_keys


def _choose_tier(item):
    """The suite knows one tier a run; some cases are about one that has a bucket there for each bucket here."""
    import s3tests.functional
    config = s3tests.functional.config
    config.cloud_target_by_bucket = "target_by_bucket" in item.name
    config.cloud_storage_class = "CLOUDEACH" if config.cloud_target_by_bucket else "CLOUDTIER"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    _choose_second_client(item)
    _choose_tier(item)
    limit = item.config.getoption("--case-timeout") * (3 if "cloud" in item.name else 1)

    def stop(_signal, _frame):
        raise TimeoutError(f"the case took longer than {limit} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    try:
        yield
    finally:
        signal.alarm(0)
