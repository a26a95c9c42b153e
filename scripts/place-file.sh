# Puts standard input into a file of root's that nobody else can read on the way. Only in folders that are root's alone: in
# another's a name may lead anywhere by the next moment.
# $1: path; $2: octal mode
set -eu
folder=${1%/*} name=./${1##*/} mode=$2

fail() {
	echo "$1" >&2
	exit 1
}

[ -d "$folder" ] || (umask 022 && mkdir -p "$folder") # the folders are for everybody, all the way up
# What is done to names in . after this happens in this very folder, whatever its path leads to later.
cd -P "$folder"
[ "$(pwd -P)" = "$folder" ] || fail "$folder is a link to $(pwd -P), or below one; no file is put there"
(
	until [ . -ef / ]; do
		state=$(stat -c '%u %a' .)
		if [ "${state% *}" != 0 ] || [ $((8#${state#* } & 8#22)) != 0 ]; then
			fail "$(pwd -P) is not root's alone, so nothing is put into $folder; see who has made it, and remove it"
		fi
		cd ..
	done
)

umask 077
draft=$name.draft # always the same, so that the next run takes away what a killed one left
trap 'rm -f "$draft"' EXIT
rm -f "$draft"
cat >"$draft"
chmod "$mode" "$draft"
mv -fT "$draft" "$name"
