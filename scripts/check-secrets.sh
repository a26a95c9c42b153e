# Looks whether secret files are as place-secrets.sh and the activation after it leave them. Changes nothing, and prints
# nothing of what is in them.
# $1: root folder of the system that they are of: ""
# Standard input: as for place-secrets.sh, each CONTENT as its SHA-256 in hex
# Prints a line each:
#   amiss PATH  a file or link that is gone, or is another
#   unsettled   files are wanted no more, or units want a restart: the activation that sees to that has not come
set -eu
root=$1
list=$root/var/lib/kluster/secret-files
units=$root/run/kluster/secret-units

mapfile -t lines
if [ ${#lines[@]} -eq 0 ] || [ "${lines[-1]}" != end ]; then
	echo "the list of secrets has not come whole" >&2
	exit 1
fi
unset "lines[-1]"

is_placed() { # PATH OWNER GROUP MODE UNITS DIGEST|any
	local user uid group gid mode digest
	[ -f "$root$1" ] && [ ! -L "$root$1" ] || return 1
	read -r user uid group gid mode < <(stat -c '%U %u %G %g %a' "$root$1") || return 1
	{ [ "$2" = "$user" ] || [ "$2" = "$uid" ]; } || return 1
	{ [ "$3" = "$group" ] || [ "$3" = "$gid" ]; } || return 1
	[ $((8#$mode)) = $((8#$4)) ] || return 1
	[ "$6" != any ] || return 0
	digest=$(sha256sum <"$root$1") || return 1
	[ "${digest%% *}" = "$6" ]
}

declare -A wanted=()
for line in "${lines[@]}"; do
	IFS=$'\t' read -r -a fields < <(printf '%s\n' "$line")
	path=${fields[1]}
	wanted[$path]=1
	case ${fields[0]} in
	file) is_placed "${fields[@]:1}" || printf 'amiss\t%s\n' "$path" ;;
	first) is_placed "${fields[@]:1:5}" any || printf 'amiss\t%s\n' "$path" ;; # what it holds changes apart
	link) [ "$(readlink "$root$path")" = "${fields[2]}" ] || printf 'amiss\t%s\n' "$path" ;;
	*)
		echo "check-secrets.sh: unknown kind ${fields[0]}; file, first and link are known" >&2
		exit 2
		;;
	esac
done

settled=yes
if [ -e "$units" ]; then settled=no; fi
if [ -e "$list" ]; then
	while IFS=$'\t' read -r state _ path _; do
		if [ "$state" = dropped ] || [ -z "${wanted[$path]:-}" ]; then settled=no; fi
	done <"$list"
fi
[ $settled = yes ] || echo unsettled
