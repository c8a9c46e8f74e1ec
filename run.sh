#!/usr/bin/env bash
# Installs what is missing, builds, and runs ObjectStore: ./run.sh [serve] [options]; ./run.sh --help lists them.
# ./run.sh cosi [options] runs its driver for Kubernetes instead; ./run.sh cosi --help lists its options.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/build/packages.sh"
need_dotnet
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build() {
    local log
    log=$(dotnet build "$here/$1/$1.csproj" -c Release -v quiet -clp:NoSummary 2>&1) || { echo "$log" >&2; exit 1; }
}
if [ "${1:-}" = cosi ]; then
    shift
    build Cosi
    exec "$here/Cosi/bin/Release/net10.0/objectstore-cosi" "$@"
fi
need_rocksdb
need libzstd1
build ObjectServer
case "${1:-}" in
    "" | -*) set -- serve "$@" ;;
esac
exec "$here/ObjectServer/bin/Release/net10.0/objectstore" "$@"
