# Prints the secret files that are there, as place-secrets.sh reads them: what puts them back.
# $1: list of the files that are going to be placed; their units are those that a file that changes back concerns
set -eu
list=/var/lib/kluster/secret-files

declare -A units=()
while IFS=$'\t' read -r kind path _ _ _ concerned _; do
	[ "$kind" != file ] || units[$path]=$concerned
done <"$1"

if [ -e "$list" ]; then
	while IFS=$'\t' read -r state kind path rest; do
		[ "$state" = wanted ] || continue
		case $kind in
		file)
			[ -f "$path" ] || continue
			printf 'file\t%s\t%s\t%s\t%s\n' "$path" "$rest" "${units[$path]:--}" "$(base64 -w 0 <"$path")"
			;;
		link) printf 'link\t%s\t%s\n' "$path" "$rest" ;;
		esac
	done <"$list"
fi
echo end
