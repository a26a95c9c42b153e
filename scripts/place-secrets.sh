# Puts secret files where they belong, each whole or not at all, and remembers them: what the list before had and this one
# has not goes after the next activation (settle-secrets.sh).
# $1: root folder of the system that they are for: "" or, while it is being installed, /mnt
# $2: "part" where these are only some of the files; then the list stays as it is
# Standard input, a line each, fields divided by tabs:
#   file PATH OWNER GROUP MODE UNITS CONTENT  OWNER and GROUP are names or numbers, MODE is octal, UNITS are to be restarted
#                                             when CONTENT is another: divided by blanks, or "-"; CONTENT is in base64
#   first PATH …                              likewise, where a running system has no such file yet
#   once PATH …                               likewise, but not remembered: nothing ever removes it
#   link PATH TARGET                          another way to a file
#   end                                       without it nothing is done: the connection has broken
set -eu
umask 077
root=$1 part=${2:-}
# Nobody but root can change anything in it; others may pass through to a file whose name they know.
own=$root/var/lib/kluster/secrets
list=$root/var/lib/kluster/secret-files
draft=$own/.draft # always the same, so that the next run takes away what a killed one left

fail() {
	echo "$1" >&2
	exit 1
}

# Goes into a folder, which is made if need be, and not by way of a link: whoever owns a folder can make one that leads
# anywhere. What is done to names in . after that happens in this very folder.
go_to() {
	[ -d "$1" ] || (umask 022 && mkdir -p "$1")
	cd -P "$1"
	[ "$(pwd -P)" = "$1" ] || fail "$1 is a link to $(pwd -P), or below one; nothing secret is put there. Give the folder itself."
}

# Fails where somebody else than root could change what is in . or above it.
only_roots() {
	(
		until [ . -ef / ]; do
			state=$(stat -c '%u %a' .)
			if [ "${state% *}" != 0 ] || [ $((8#${state#* } & 8#22)) != 0 ]; then
				fail "$(pwd -P) is not root's alone, so $1 is no place for a secret. Choose one below a folder that only root can write to."
			fi
			cd ..
		done
	)
}

# Whether an owner is the same on every system.
is_fixed() {
	[[ $1 =~ ^(root|[0-9]+)$ ]]
}

exec 9>/run/kluster-secrets.lock
flock -w 60 9 || fail "an earlier run still places secrets on this machine after 60 s; wait for it"

mapfile -t lines
[ ${#lines[@]} -gt 0 ] && [ "${lines[-1]}" = end ] || fail "the list of secrets has not come whole; nothing was changed"
unset "lines[-1]"

go_to "$own"
only_roots "$own"
chmod 0711 .
trap 'rm -f "$draft"' EXIT
rm -f "$draft"

# Everything is looked at before anything is changed.
for line in "${lines[@]}"; do
	IFS=$'\t' read -r kind path owner group _ <<<"${line%$'\t'*}"
	go_to "$root${path%/*}"
	# A link leads to a secret, and what has an owner by name is given to him later, by its path (nix/own-secrets.sh).
	if [ "$kind" = link ] || ! is_fixed "$owner" || ! is_fixed "$group"; then only_roots "$path"; fi
done

# Writes the list, with what is wanted and what no more, all in one step. It comes before the files: what is placed and then
# forgotten by a killed run would stay for ever.
remember() {
	local line kind path rest owner group mode
	local -A wanted=()
	: >"$draft"
	for line in "${lines[@]}"; do
		IFS=$'\t' read -r kind path rest <<<"${line%$'\t'*}" # never with the content
		wanted[$path]=1
		case $kind in
		file | first)
			IFS=$'\t' read -r owner group mode _ <<<"$rest"
			printf 'wanted\tfile\t%s\t%s\t%s\t%s\n' "$path" "$owner" "$group" "$mode"
			;;
		link) printf 'wanted\tlink\t%s\t%s\n' "$path" "${line##*$'\t'}" ;;
		esac >>"$draft"
	done
	if [ -e "$list" ]; then
		while IFS=$'\t' read -r _ kind path rest; do
			[ "${wanted[$path]:-}" ] || printf 'dropped\t%s\t%s\t%s\n' "$kind" "$path" "$rest"
		done <"$list" >>"$draft"
	fi
	mv -fT "$draft" "$list"
}

# Whether a name can be looked up: an installer's users are not those of the system that it installs.
known() {
	[ -z "$root" ] || is_fixed "$1"
}

# Gives the draft its owner and mode. An owner who comes with the next activation gets it then (nix/own-secrets.sh), and
# until that it is root's alone.
dress() { # OWNER GROUP MODE
	if known "$1" && known "$2" && chown "$1:$2" "$draft" 2>/dev/null; then
		chmod "$3" "$draft"
	else
		chmod 0400 "$draft"
	fi
}

place() { # PATH OWNER GROUP MODE UNITS CONTENT
	local name=./${1##*/} content=other
	go_to "$root${1%/*}"
	rm -f "$draft" # it may be somebody's already
	printf %s "$6" | base64 -d >"$draft"
	dress "$2" "$3" "$4"
	if [ -f "$name" ] && [ ! -L "$name" ]; then
		[ "$(base64 -w 0 <"$name")" != "$6" ] || content=same
		if [ $content = same ] && [ "$(stat -c '%u %g %a' "$name")" = "$(stat -c '%u %g %a' "$draft")" ]; then
			return
		fi
	fi
	# Before the file is there: a run that is killed in between must not leave a unit with the old one for ever.
	if [ $content = other ] && [ -z "$root" ] && [ "$5" != - ]; then
		mkdir -p /run/kluster
		printf '%s\n' $5 >>/run/kluster/secret-units
	fi
	sync "$draft" # so that a machine that is reset has the old one or the new one
	mv -fT "$draft" "$name"
}

link() { # PATH TARGET
	go_to "$root${1%/*}"
	[ "$(readlink "./${1##*/}")" != "$2" ] || return 0
	rm -f "$draft"
	ln -s "$2" "$draft"
	mv -fT "$draft" "./${1##*/}"
}

[ "$part" = part ] || remember
for line in "${lines[@]}"; do
	IFS=$'\t' read -r -a fields < <(printf '%s\n' "$line")
	case ${fields[0]} in
	file | once) place "${fields[@]:1}" ;;
	first) [ -z "$root" ] && [ -f "${fields[1]}" ] || place "${fields[@]:1}" ;;
	link) link "${fields[@]:1}" ;;
	*) fail "place-secrets.sh: unknown kind ${fields[0]}; file, first, once and link are known" ;;
	esac
done
