#!/usr/bin/env bash
# Installs what is missing, builds, and runs ObjectStore: ./run.sh [serve] [options]; ./run.sh --help lists them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/build/packages.sh"
need_dotnet
need_rocksdb
need libzstd1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if ! log=$(dotnet build "$here/ObjectServer/ObjectServer.csproj" -c Release -v quiet -clp:NoSummary 2>&1); then
    echo "$log" >&2
    exit 1
fi
case "${1:-}" in
    "" | -*) set -- serve "$@" ;;
esac
exec "$here/ObjectServer/bin/Release/net10.0/objectstore" "$@"
