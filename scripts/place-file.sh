# Puts standard input into a file of root's that nobody else can read on the way. Only for folders of root's: in another's
# a name may lead anywhere by the next moment.
# $1: path; $2: octal mode
set -eu
umask 022 # the folders are for everybody, all the way up
mkdir -p "$(dirname "$1")"
umask 077
draft=$1.draft # always the same, so that the next run takes away what a killed one left
trap 'rm -f "$draft"' EXIT
rm -f "$draft"
cat >"$draft"
chmod "$2" "$draft"
mv -fT "$draft" "$1"
