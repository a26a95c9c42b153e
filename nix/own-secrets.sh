# Gives the secret files that scripts/place-secrets.sh has put into a folder of root's to their owners, who may not have been
# there by then. Part of every activation, at boot and while installing too.
# $1: the list of files
set -u
[ -e "$1" ] || exit 0
failed=0
while IFS=$'\t' read -r state kind path owner group mode; do
	case $state:$kind:$path in
	wanted:file:/var/lib/kluster/*) [ -f "$path" ] || continue ;;
	*) continue ;; # complete since it was placed, and perhaps in a folder of somebody else's
	esac
	if ! { chown -h "$owner:$group" "$path" && chmod "$mode" "$path"; }; then
		echo "kluster: $path could not be given to $owner:$group with mode $mode" >&2
		failed=1
	fi
done <"$1"
exit $failed
