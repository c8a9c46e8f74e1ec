#!/usr/bin/env bash
# Runs ceph/s3-tests against this server and compares the outcome with ledger.csv. ./run.sh --help says more.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<TEXT
Usage: compat-tests/s3-tests/run.sh CHECKOUT [SELECTION...] [--dialect ceph|aws] [--quick] [--update] [--workers N] [--timeout SECONDS] [--keep]

CHECKOUT     a clone of https://github.com/ceph/s3-tests
SELECTION    files (test_s3.py), cases (test_s3.py::test_multipart_upload) or options of pytest (-k multipart -m versioning)
--dialect D  whose answers the server gives where AWS and Ceph differ (ceph, for which the suite was written)
--quick      leave out the case that sleeps for 15 minutes
--update     write the outcome into ledger.csv; the reasons stay
--workers N  how many cases run at a time (4)
--timeout S  how long one case may take (120)
--keep       keep the server's drives, its log and the reports, and say where they are

Starts a server of its own on a free port with drives in a temporary directory. Fails when a case that the ledger has as passing
does not pass in this dialect, and when a case is not in the ledger. A whole run takes as long as its longest case, 15 minutes.
TEXT
}

update=() selection=() workers=4 timeout=120 keep=0 quick=0 dialect=ceph checkout=
while [ $# -gt 0 ]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --update) update=(--update) ;;
        --workers) workers=$2; shift ;;
        --timeout) timeout=$2; shift ;;
        --keep) keep=1 ;;
        --quick) quick=1 ;;
        --dialect) dialect=$2; shift ;;
        *) if [ -z "$checkout" ]; then checkout=$1; else selection+=("$1"); fi ;;
    esac
    shift
done
[ "$dialect" = ceph ] || [ "$dialect" = aws ] || { usage >&2; exit 2; }
[ -n "$checkout" ] || { usage >&2; exit 2; }
[ -d "$checkout" ] || { echo "There is no directory $checkout." >&2; exit 2; }
checkout=$(cd "$checkout" && pwd)
[ -d "$checkout/s3tests/functional" ] || { echo "$checkout is no checkout of ceph/s3-tests: it has no s3tests/functional." >&2; exit 2; }

# The environment of whoever runs this must not reach the clients.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_ENDPOINT_URL
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
# Calls and fields beside AWS's that the suite looks for in its client: written here from Ceph's documentation.
export AWS_DATA_PATH=$here/models

python=${PYTHON:-python3}
missing=$("$python" - <<'CODE'
import importlib.util
modules = {"boto3": "boto3", "botocore": "botocore", "pytest": "pytest", "xdist": "pytest-xdist", "munch": "munch", "isodate": "isodate",
           "dateutil": "python-dateutil", "requests": "requests", "pytz": "pytz", "httplib2": "httplib2", "lxml": "lxml", "yaml": "PyYAML"}
wrong = [package for module, package in modules.items() if importlib.util.find_spec(module) is None]
if "boto3" not in wrong and "botocore" not in wrong:
    import botocore
    if tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 37):
        wrong.append(f"botocore>=1.37 (here is {botocore.__version__})")
print(", ".join(wrong))
CODE
) || { echo "$python does not run; set PYTHON to a Python 3.9 or newer." >&2; exit 2; }
if [ -n "$missing" ]; then
    cat >&2 <<TEXT
$python lacks: $missing
Either make a virtual environment:
    python3 -m venv ~/s3-tests-venv && ~/s3-tests-venv/bin/pip install -r $checkout/requirements.txt pytest-xdist
    PYTHON=~/s3-tests-venv/bin/python $0 $checkout
or install your distribution's packages, and name a directory with a newer boto3 and botocore in PYTHONPATH.
TEXT
    exit 2
fi
command -v openssl >/dev/null || { echo "openssl is missing: it signs the tokens of the OpenID cases." >&2; exit 2; }

source "$root/build/packages.sh"
need_dotnet && need_rocksdb && need libzstd1 || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
echo "Building the server"
dotnet build "$root/ObjectServer/ObjectServer.csproj" -c Release -v quiet -clp:"ErrorsOnly;NoSummary" >&2 || exit 1
binary="$root/ObjectServer/bin/Release/net10.0/objectstore"

work=$(mktemp -d)
processes=()
finish() {
    trap - EXIT INT TERM
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null; done
    for process in "${processes[@]}"; do wait "$process" 2>/dev/null; done
    if [ "$keep" -eq 1 ]; then echo "Kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

# wait_for WHAT PROCESS LOG COMMAND... : until the command succeeds, for a minute at most.
wait_for() {
    local what=$1 process=$2 log=$3 attempt
    shift 3
    for ((attempt = 0; attempt < 600; attempt++)); do
        "$@" && return 0
        kill -0 "$process" 2>/dev/null || break
        sleep 0.1
    done
    echo "$what did not start:" >&2
    tail -n 20 "$log" >&2
    exit 1
}

"$python" "$here/oidc.py" "$work" >"$work/oidc.log" 2>&1 &
provider=$!
processes+=("$provider")
wait_for "The OpenID provider" "$provider" "$work/oidc.log" test -f "$work/oidc.json"

random_hex() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }
OBJECTSTORE_ROOT_USER=$(random_hex 10) OBJECTSTORE_ROOT_PASSWORD=$(random_hex 20)
export OBJECTSTORE_ROOT_USER OBJECTSTORE_ROOT_PASSWORD
# The two keys that the suite names where its configuration does not.
random_key() { head -c 32 /dev/urandom | base64; }
(umask 077 && printf '{"default": "testkey-1", "keys": {"testkey-1": "%s", "testkey-2": "%s"}}' "$(random_key)" "$(random_key)" >"$work/keys.json")
# What the suite takes for granted: ACLs, public buckets, old signatures, keys and a provider without TLS, and Ceph's ARNs of those without an account. Days of lifecycle are as long as configure.py says.
settings=(--address 127.0.0.1:0 --s3-dialect "$dialect" --default-object-ownership ObjectWriter --default-public-access-block off
    --signature-v2 --insecure-oidc --operator-arns-without-account --kms-key-file "$work/keys.json" --allow-sse-c-without-tls
    --lifecycle-day 5 --storage-class LUKEWARM=3+1 FROZEN=1+2)

find_endpoint() { endpoint=$(grep -isoE 'listen[a-z]* on http://127\.0\.0\.1:[0-9]+' -i "$place/server.log" | grep -oE 'http://.*' | head -n 1); [ -n "$endpoint" ]; }
is_ready() { "$python" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/-/health/ready", timeout=5)' "$endpoint" 2>/dev/null; }

# The store that the tiers of the others lie in.
start_cloud() {
    mkdir "$work/cloud" && place=$work/cloud || exit 1
    "$binary" serve --address 127.0.0.1:0 --drives "$place/drive{1...4}" >"$place/server.log" 2>&1 &
    processes+=("$!")
    wait_for "The server of the tiers" "$!" "$place/server.log" find_endpoint
    wait_for "The server of the tiers" "$!" "$place/server.log" is_ready
    export OBJECTSTORE_SUITE_CLOUD=$endpoint
}

# start_server PLACE WORKER... : a server of its own in the directory, with accounts for the workers; sets server and endpoint.
start_server() {
    place=$1
    shift
    "$binary" serve "${settings[@]}" --drives "$place/drive{1...4}" >"$place/server.log" 2>&1 &
    server=$!
    processes+=("$server")
    wait_for "The server" "$server" "$place/server.log" find_endpoint
    wait_for "The server" "$server" "$place/server.log" is_ready
    "$python" "$here/configure.py" "$endpoint" "$place" "$@" || exit 1
}

targets=() whole=(--whole) has_target=0
for argument in "${selection[@]}"; do
    whole=()
    case "$argument" in
        test_*.py*) targets+=("s3tests/functional/$argument"); has_target=1 ;;
        *) targets+=("$argument") ;;
    esac
done
[ $has_target -eq 1 ] || targets+=(s3tests/functional)

# finish_pass NAME PROCESS : exit code 5 is pytest's word for "nothing selected", which one of the passes may well be.
finish_pass() {
    local name=$1 code
    wait "$2"
    code=$?
    case $code in
        0 | 1) return 0 ;;
        5) rm -f "$work/$name.xml"; return 0 ;;
        *) echo "pytest failed with exit code $code:" >&2; tail -n 30 "$work/$name.log" >&2; return 1 ;;
    esac
}

# run_pass NAME OPTIONS...
run_pass() {
    local name=$1
    shift
    run_cases "$name" "$work" "$timeout" "$@" &
    local pytest=$!
    show_progress "$name" "$pytest"
    finish_pass "$name" "$pytest"
}

# run_cases NAME CONFIGURATIONS TIMEOUT OPTIONS... : becomes pytest, so that what runs it in the background knows its process.
run_cases() {
    local name=$1 limit=$3
    cd "$checkout" || exit 3
    export OBJECTSTORE_SUITE_CONFIGURATIONS=$2 PYTHONPATH=$here${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1
    shift 3
    exec "$python" -m pytest -p worker -p no:cacheprovider --pass "$name" --case-timeout "$limit" --junit-xml "$work/$name.xml" \
        -q --tb=short --show-capture=no -W ignore "$@" "${targets[@]}" >"$work/$name.log" 2>&1
}

# A line every ten seconds: the dots of pytest so far.
show_progress() {
    local name=$1 pytest=$2 ticks=0
    while kill -0 "$pytest" 2>/dev/null; do
        sleep 1
        ticks=$((ticks + 1))
        [ $((ticks % 10)) -eq 0 ] || continue
        echo "$name, ${ticks} s: $(grep -E '^[.FEsx]+( *\[ *[0-9]+%\])?$' "$work/$name.log" | tr -cd '.FEsx' | awk '{ n = length($0); p = gsub(/\./, ""); print n " cases, " p " passed" }')"
    done
}

start_cloud

# The case that sleeps for 15 minutes waits beside the others, with a server of its own: it shares no account with them.
left_out=() sleeper= slow_server=
if { [ ${#whole[@]} -gt 0 ] && [ $quick -eq 0 ]; } || [[ "${selection[*]}" == *creds_expiry* ]]; then
    mkdir "$work/slow" && cp "$work/oidc.json" "$work/slow/" || exit 1
    start_server "$work/slow" alone
    slow_server=$server
    run_cases slow "$work/slow" 1000 &
    sleeper=$!
    processes+=("$sleeper")
else
    left_out=(--left-out test_sts.py::test_assume_role_creds_expiry)
fi

names=(alone)
for ((worker = 0; worker < workers; worker++)); do names+=("gw$worker"); done
start_server "$work" "${names[@]}"
echo "Server at $endpoint in the dialect of $dialect; $workers cases at a time"
run_pass parallel -n "$workers" --dist load || exit 1
run_pass alone || exit 1
if [ -n "$sleeper" ]; then
    echo "Waiting for the case that sleeps for 15 minutes"
    finish_pass slow "$sleeper" || exit 1
    kill -0 "$slow_server" 2>/dev/null || { echo "The server of the slow case died:" >&2; tail -n 30 "$work/slow/server.log" >&2; exit 1; }
fi
ls "$work"/*.xml >/dev/null 2>&1 || { echo "The selection matches no case." >&2; exit 2; }
kill -0 "$server" 2>/dev/null || { echo "The server died during the run:" >&2; tail -n 30 "$work/server.log" >&2; exit 1; }
"$python" "$here/ledger.py" compare "$here/ledger.csv" "$work"/*.xml --dialect "$dialect" "${whole[@]}" "${left_out[@]}" "${update[@]}"
outcome=$?
[ ${#whole[@]} -eq 0 ] || "$python" "$here/ledger.py" unmarked "$here/ledger.csv" "$checkout" || outcome=1
exit $outcome
