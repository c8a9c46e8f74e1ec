#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. The last line counts them.
# ./test.sh [FILTER]: with a filter of `dotnet test`, only what it selects.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here" || exit 1
source "$here/build/packages.sh"
need_dotnet || exit 1
need_rocksdb || exit 1
need libzstd1 awscli s3cmd python3-boto3 rclone curl python3-grpcio chromium systemd || exit 1
need_rabbitmq || exit 1
need_chart_renderer || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build ObjectStore.sln -c Release -v quiet -clp:NoSummary || exit 1

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
filter=()
[ $# -gt 0 ] && filter=(--filter "$1")
status=0
for project in tests/*.Tests/*.csproj compat-tests/*/*.Tests.csproj; do
    [ -f "$project" ] || continue
    name=$(basename "$project" .csproj)
    echo "== $name"
    dotnet test "$project" -c Release --no-build -v quiet --logger "trx;LogFileName=$results/$name.trx" --logger "console;verbosity=minimal" \
        --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none --results-directory "$results" "${filter[@]}" || status=1
    # A project whose tests all vanished, or whose host died, wrote no results: that is a failure too.
    [ -f "$results/$name.trx" ] || { echo "$name left no results" >&2; status=1; }
done

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total) passed=$(count passed) executed=$(count executed)
failed=$((executed - passed))
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || status=1
echo "$passed passed, $failed failed, $((total - executed)) skipped"
exit $status
