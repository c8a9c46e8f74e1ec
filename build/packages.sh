# Sourced by run.sh, test.sh, bench/run.sh and deploy/render.sh. Installs Debian packages, only those that are missing.

# need PACKAGE... : makes sure that each is installed.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing from Debian's packages: ${missing[*]}" >&2
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Please install as root: apt-get install ${missing[*]}" >&2; return 1; }
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
        { echo "apt-get could not install: ${missing[*]}. Install them by hand and run this again." >&2; return 1; }
}

# The library package carries its version in its name (librocksdb7.8 in Debian 12): take what the release has.
need_rocksdb() {
    ldconfig -p | grep -q 'librocksdb\.so' && return 0
    local name
    name=$(apt-cache search --names-only '^librocksdb[0-9.]+$' | awk '{ print $1 }' | sort -V | tail -n 1)
    if [ -z "$name" ]; then
        if [ "$(id -u)" -eq 0 ]; then apt-get update -qq >&2; else sudo apt-get update -qq >&2; fi
        name=$(apt-cache search --names-only '^librocksdb[0-9.]+$' | awk '{ print $1 }' | sort -V | tail -n 1)
    fi
    [ -n "$name" ] || { echo "No package librocksdb found. ObjectStore needs RocksDB 7.8 or newer as librocksdb.so." >&2; return 1; }
    need "$name"
}

# Only the programs, which tests start by themselves: Debian's package would start a broker, now and with every boot.
need_rabbitmq() {
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null && return 0
    local root=() policy=/usr/sbin/policy-rc.d made=0 status=0
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null && "${root[@]}" chmod 755 "$policy" && made=1
    fi
    need rabbitmq-server || status=1
    [ "$made" -eq 0 ] || "${root[@]}" rm -f "$policy"
    if [ -d /run/systemd/system ]; then "${root[@]}" systemctl disable --quiet rabbitmq-server epmd.socket epmd.service 2>/dev/null || true; fi
    return "$status"
}

need_dotnet() {
    command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: see https://dotnet.microsoft.com/download" >&2; return 1; }
}

# What renders the Helm chart in tests and in deploy/render.sh: Go, and the packages that Helm itself is made of.
need_chart_renderer() {
    # Its name was turned round between releases of Debian.
    local yaml=golang-k8s-sigs-yaml-dev
    if apt-cache show golang-sigs-k8s-yaml-dev >/dev/null 2>&1; then yaml=golang-sigs-k8s-yaml-dev; fi
    need golang-go golang-github-masterminds-sprig-dev golang-github-xeipuuv-gojsonschema-dev "$yaml"
}
