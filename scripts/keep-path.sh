# Puts a store path that receive-path.sh has unpacked where it belongs, at once and whole.
# $1: the store path
set -eu
incoming=$(dirname "$(dirname "$1")")/.kluster-incoming/$(basename "$1")
# A machine that is reset must not come up with the name and without the content.
sync -f "$incoming"
mv -T "$incoming" "$1"
