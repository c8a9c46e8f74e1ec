#!/usr/bin/env bash
# Benchmarks: ./bench/run.sh erasure [--json] ...   the codec beside ISA-L and memcpy, one core
#             ./bench/run.sh md5                 many streams' MD5 side by side, all cores
#             ./bench/run.sh policy              what a decision by policies costs
#             ./bench/run.sh select              queries of S3 Select beside a search for line ends
#             ./bench/run.sh compression [FILE...]  sizes of frames and levels of Zstandard, one core
#             ./bench/run.sh replication         versions a second from one server to another
#             ./bench/run.sh load --endpoint URL ... drives any S3 endpoint
# What they measure and their options: bench/README.md
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# build FOLDER: a quiet Release build, whose output is shown only when it fails. Results go to stdout alone.
build() {
    local log
    log=$(dotnet build "$1" -c Release -v quiet --nologo -clp:ErrorsOnly 2>&1) || { echo "$log" >&2; exit 1; }
}

# The yardstick of the codec; without it the benchmark runs and says so.
install_isal() {
    source ../build/packages.sh
    need libisal2 || true
}

# One core, always the same: the last, because interrupts like the first.
one_core() {
    if command -v taskset >/dev/null; then exec taskset -c "$(($(nproc) - 1))" "$@"; else exec "$@"; fi
}

case "${1:-}" in
    erasure)
        install_isal
        build Micro
        one_core dotnet Micro/bin/Release/net10.0/ObjectStore.Bench.Micro.dll "$@"
        ;;
    compression)
        build Micro
        one_core dotnet Micro/bin/Release/net10.0/ObjectStore.Bench.Micro.dll "$@"
        ;;
    md5 | policy | select)
        build Micro
        exec dotnet Micro/bin/Release/net10.0/ObjectStore.Bench.Micro.dll "$@"
        ;;
    replication)
        shift
        build Replication
        exec dotnet Replication/bin/Release/net10.0/ObjectStore.Bench.Replication.dll "$@"
        ;;
    load)
        shift
        build Load
        exec dotnet Load/bin/Release/net10.0/ObjectStore.Bench.Load.dll "$@"
        ;;
    *) usage ;;
esac
