# What an activation does about secret files besides: place-secrets.sh has put them there before it.
# before FILE  writes down which run of each unit has seen its secrets change
# after FILE   restarts those of them that still are in that run, and removes files that are wanted no more
set -u
umask 077
verb=$1 file=$2
units=/run/kluster/secret-units
list=/var/lib/kluster/secret-files
failed=0

# systemd gives each run of a unit another one.
run_of() {
	systemctl show --property=InvocationID --value -- "$1"
}

# Removes a file of ours in the very folder where it was put; one by which a link leads elsewhere now is none of ours.
remove() { # KIND PATH TARGET
	cd -P "${2%/*}" 2>/dev/null && [ "$(pwd -P)" = "${2%/*}" ] || return 0
	if [ "$1" = file ] || [ "$(readlink "./${2##*/}")" = "$3" ]; then
		rm -f "./${2##*/}"
	fi
}

case $verb in
before)
	mkdir -p "${file%/*}"
	: >"$file"
	[ -e "$units" ] || exit 0
	while read -r unit; do
		printf '%s\t%s\n' "$unit" "$(run_of "$unit")"
	done < <(sort -u "$units") >"$file"
	;;
after)
	if [ -e "$list" ]; then
		while IFS= read -r line; do
			IFS=$'\t' read -r state kind path target _ <<<"$line"
			[ "$state" = dropped ] && (remove "$kind" "$path" "$target") && continue
			printf '%s\n' "$line"
			if [ "$state" = dropped ]; then
				echo "kluster: the secret file $path is wanted no more and could not be removed" >&2
				failed=1
			fi
		done <"$list" >"$list.draft"
		mv -fT "$list.draft" "$list"
	fi

	restart=()
	while IFS=$'\t' read -r unit run; do
		if [ "$(systemctl show --property=LoadState --value -- "$unit")" = not-found ]; then
			echo "kluster: $unit is to be restarted when a secret changes, but this machine has no such unit" >&2
			failed=1
		elif [ "$(run_of "$unit")" = "$run" ]; then # else the activation has started it anew
			restart+=("$unit")
		fi
	done <"$file"
	if [ ${#restart[@]} -gt 0 ]; then
		echo "restarting the following units, whose secrets have changed: ${restart[*]}"
		systemctl try-restart -- "${restart[@]}" || failed=1
	fi
	rm -f "$units"
	exit $failed
	;;
*)
	echo "settle-secrets.sh: unknown verb $verb; before and after are known" >&2
	exit 2
	;;
esac
