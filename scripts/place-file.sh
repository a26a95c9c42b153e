# Puts standard input into a file that nobody else can read on the way.
# $1: path; $2: owner's uid; $3: gid; $4: octal mode
set -eu
umask 022 # the folders are for everybody, all the way up
mkdir -p "$(dirname "$1")"
umask 077
draft=$(mktemp "$1.XXXXXX")
trap 'rm -f "$draft"' EXIT
cat >"$draft"
chown "$2:$3" "$draft"
chmod "$4" "$draft"
mv -f "$draft" "$1"
