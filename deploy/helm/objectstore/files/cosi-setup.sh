# Makes the user and the keys that the COSI driver works with, or finds them made. May be run again and again.
# Reads user, generation, policy.json and boundary.json beside it; writes access-key and secret-key into $1.
set -eu
setup=$(dirname "$0")
target=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
user=$(cat "$setup/user")

# Exit codes of objectstore admin (docs/ADMIN.md).
not_reachable=3
already_there=6

while :; do
    code=0
    objectstore admin info health >/dev/null 2>"$scratch/error" || code=$?
    [ $code -ne 0 ] || break
    [ $code -eq $not_reachable ] || { cat "$scratch/error" >&2; exit 1; }
    echo "waiting for $OBJECTSTORE_ENDPOINT"
    sleep 2
done

# Makes what there is not yet, and else goes on.
ensure() {
    code=0
    objectstore admin "$@" >/dev/null 2>"$scratch/error" || code=$?
    [ $code -eq 0 ] || [ $code -eq $already_there ] || { cat "$scratch/error" >&2; exit 1; }
}

policy() {
    ensure policy create "$1" "$setup/$2"
    [ $code -eq 0 ] || objectstore admin policy update "$1" "$setup/$2" >/dev/null
}

# No access that the driver gives goes beyond the boundary: its own policy lets it make none without.
policy cosi-boundary boundary.json
policy cosi-driver policy.json
ensure user create "$user"
objectstore admin policy attach cosi-driver --user "$user" >/dev/null
objectstore admin key label ensure cosi-driver --user "$user" --generation "$(cat "$setup/generation")" --json >"$scratch/key.json"

umask 077
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$scratch/key.json"; }
field accessKeyId >"$target/access-key"
field secretAccessKey >"$target/secret-key"
[ -s "$target/access-key" ] && [ -s "$target/secret-key" ] || { echo "the answer holds no keys" >&2; exit 1; }
echo "the driver works as $user"
