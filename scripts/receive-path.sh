# Unpacks a store path, which comes as a tar on standard input, beside the store of a machine without Nix. Only
# keep-path.sh puts it there: whoever sends knows whether the stream was whole, and this side does not.
# $1: the store path
set -eu
store=$(dirname "$1")
incoming=$(dirname "$store")/.kluster-incoming

exec 9>/run/kluster-receive.lock
if ! flock -w 60 9; then
	echo "an earlier run still unpacks on this machine after 60 s; wait for it" >&2
	exit 1
fi
mkdir -p "$store"
rm -rf "$incoming"
mkdir "$incoming"
tar --extract --file=- --directory="$incoming" --numeric-owner --preserve-permissions
cat >/dev/null # the sender's end of file comes when it knows that all was well
