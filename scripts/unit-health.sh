# Tells which units are worse off than they were before an activation.
# record FILE          writes down how they are
# compare FILE SYSTEM  prints "failed UNIT" for each that is failed and was not, and "unsteady UNIT" for each of those that a
#                      node lives on which was running, is part of the system and does not run, or has only just started
#
# A unit that waits for its next attempt is not failed: those of Kubernetes do so until what they need is there.
set -u
verb=$1 file=$2
vital="containerd.service etcd.service kubelet.service"
steady=5 # seconds after its start in which a unit that is going to fail has mostly done so

state() { # PROPERTY UNIT
	systemctl show --property="$1" --value -- "$2"
}

# The names of units in a state. systemctl puts a dot before those that are not well, unless told to be plain.
in_state() {
	systemctl list-units --all --full --plain --no-legend --no-pager --state="$1" | sed 's/ .*//'
}

# Seconds since a unit's start.
age() {
	local began up
	began=$(state ActiveEnterTimestampMonotonic "$1")
	read -r up _ </proc/uptime
	echo $((${up%.*} - ${began:-0} / 1000000))
}

case $verb in
record)
	{
		in_state failed | sed 's/^/ill /'
		in_state auto-restart | sed 's/^/ill /'
		for unit in $vital; do
			[ "$(state ActiveState "$unit")" != active ] || echo "runs $unit $(state InvocationID "$unit")"
		done
	} >"$file"
	;;
compare)
	system=$3
	for unit in $(in_state failed); do
		grep -qxF "ill $unit" "$file" || echo "failed $unit"
	done
	while read -r was unit run; do
		[ "$was" = runs ] && [ -e "$system/etc/systemd/system/$unit" ] || continue
		if [ "$(state ActiveState "$unit")" = active ]; then
			[ "$(state InvocationID "$unit")" != "$run" ] && [ "$(age "$unit")" -lt $steady ] || continue
		fi
		echo "unsteady $unit"
	done <"$file"
	;;
*)
	echo "unit-health.sh: unknown verb $verb; record and compare are known" >&2
	exit 2
	;;
esac
