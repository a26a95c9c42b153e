# The unit that activates a system: check, test, health and a new login of the operator's, and only then profile and boot
# entry; else back to the system of before. Nobody has to be there for that, and the boot default stays what it was.
# $1: folder of the attempt; $2: store path of the system; $3: seconds for which switch-to-configuration may run
# $4: seconds in which a new login has to confirm the system; $5: SSH_CONNECTION of the operator
#
# In the folder, besides the scripts and the secrets (what place-secrets.sh reads) of the attempt:
#   phase      begun, check, test, confirm, commit or back
#   confirmed  is put there by confirm-activation.sh
#   outcome    what it came to, as key=value; the last thing that is written:
#     outcome  committed  the system is active and kept for the next boot
#              refused    it cannot be activated here; nothing was changed
#              returned   it was active, wholly or in part, and the machine has gone back
#              rebooted   likewise, and as the machine could not be reached then, it restarts into its boot default
#     cause    why, unless committed (see the calls of refuse and go_back)
#     code     exit code of switch-to-configuration: 0, or 4 where units are failed that are no reason to go back
#     units    units that are the cause;  why: more about it, one line
#   journal    the last words of those units;  log: of everything that ran
set -u # and no umask: it would be the activation's, too; the folder is root's alone
attempt=$1 system=$2 limit=$3 confirm=$4 connection=$5
lock_wait=60 # seconds for which another switch of this machine is waited for
reach_wait=30 # seconds in which a machine that has gone back has to be reachable
code=0

previous=$(readlink -f /run/current-system)
profile=$(readlink -f /nix/var/nix/profiles/system)
# What runs and is not kept for the next boot has not been proved.
[ "$previous" != "$system" ] || previous=$profile
# Programs of a system that is there whatever the activation does; and no garbage collection takes it meanwhile.
PATH=$previous/sw/bin:$PATH
ln -sfn "$previous" /nix/var/nix/gcroots/kluster-previous-system

exec 3>&1 >>"$attempt/log" 2>&1 </dev/null
trap 'cat "$attempt/log" >&3' EXIT

run() { # SCRIPT ARGUMENT...
	local script=$1
	shift
	bash "$attempt/$script" "$@"
}

phase() {
	echo "$1" >"$attempt/phase.draft"
	mv -f "$attempt/phase.draft" "$attempt/phase"
}

finish() { # OUTCOME CAUSE UNITS WHY
	printf '%s\n' "outcome=$1" "cause=$2" "code=$code" "units=$3" "why=$4" "previous=$previous" >"$attempt/outcome.draft"
	rm -f "$attempt"/secrets "$attempt"/secrets.before /nix/var/nix/gcroots/kluster-previous-system
	mv -f "$attempt/outcome.draft" "$attempt/outcome"
	[ "$1" = rebooted ] || exit 0
	# What is in /run is gone after a reboot.
	rm -rf /var/lib/kluster/activations
	mkdir -p /var/lib/kluster/activations
	cp -a "$attempt" /var/lib/kluster/activations/
	sync -f /var/lib/kluster/activations
	systemctl --no-block reboot
	exit 0
}

# switch-to-configuration, whose words are kept apart. It does not wait for its turn, so we do.
switch() { # SYSTEM ACTION
	local began=$SECONDS result
	while
		result=0
		timeout --kill-after=30 "$limit" "$1/bin/switch-to-configuration" "$2" >"$attempt/words" 2>&1 || result=$?
		locked $result && [ $((SECONDS - began)) -lt $lock_wait ]
	do sleep 1; done
	cat "$attempt/words"
	return $result
}

said() {
	grep -qx "$1" "$attempt/words"
}

locked() { # CODE
	[ "$1" != 0 ] && said "Could not acquire lock"
}

refuse() { # CAUSE
	finish refused "$1" "" ""
}

# The secrets that were there before, for the system of before; services have not been touched.
take_secrets_back() {
	run place-secrets.sh "" <"$attempt/secrets.before"
	: >"$attempt/units"
	run settle-secrets.sh after "$attempt/units"
}

go_back() { # CAUSE UNITS WHY
	phase back
	local unit began now
	for unit in $2; do
		echo "$unit:"
		journalctl --no-pager --lines=10 --output=cat --unit="$unit"
	done >"$attempt/journal" 2>&1
	echo "going back to $previous"
	run place-secrets.sh "" <"$attempt/secrets.before"
	run settle-secrets.sh before "$attempt/units"
	# Checks are for a change that somebody wants.
	NIXOS_NO_CHECK=1 switch "$previous" test
	run settle-secrets.sh after "$attempt/units"
	began=$SECONDS
	while now=$(run reachable.sh look "$attempt/reach"); [ -n "$now" ]; do
		if [ $((SECONDS - began)) -ge $reach_wait ]; then
			echo "after going back $now; restarting the machine"
			finish rebooted "$1" "$2" "$3"
		fi
		sleep 0.5
	done
	finish returned "$1" "$2" "$3"
}

run reachable.sh record "$attempt/reach" "$connection"
run unit-health.sh record "$attempt/health"

phase check
if ! cmp -s /run/current-system/init-interface-version "$system/init-interface-version"; then
	code=100
	refuse reboot
fi
switch "$system" check || code=$?
if locked $code; then refuse locked; fi
# It ends with the errno of the moment, which may be 0. Systems of before 2025 have no such action.
if said "Pre-switch checks failed" || { [ $code != 0 ] && ! grep -q '^Usage: ' "$attempt/words"; }; then refuse check; fi
code=0

run keep-secrets.sh "$attempt/secrets" >"$attempt/secrets.before" || refuse secrets
if ! run place-secrets.sh "" <"$attempt/secrets"; then
	take_secrets_back
	refuse secrets
fi

phase test
run settle-secrets.sh before "$attempt/units"
switch "$system" test || code=$?
# A unit that is failed, too, hides it: 4 takes the place of 2.
if [ $code = 4 ] && said "Failed to run activate script"; then code=2; fi
case $code in
0 | 4)
	# Active: 4 means that units are failed, by the switch or by the restart that it lacked, or wait for their next start.
	run settle-secrets.sh after "$attempt/units" || code=4
	;;
100)
	take_secrets_back
	refuse reboot
	;;
124) go_back slow "" "" ;;
*)
	if locked $code; then
		take_secrets_back
		refuse locked
	fi
	go_back activation "" ""
	;;
esac

phase confirm
began=$SECONDS
while :; do
	running=$(readlink -f /run/current-system)
	[ "$running" = "$system" ] || go_back replaced "" "$running"
	health=$(run unit-health.sh compare "$attempt/health" "$system")
	failed=$(sed -n 's/^failed //p' <<<"$health")
	[ -z "$failed" ] || go_back failed "$(echo $failed)" ""
	if [ -z "$health" ] && [ -e "$attempt/confirmed" ]; then break; fi
	if [ $((SECONDS - began)) -ge "$confirm" ]; then
		[ -e "$attempt/confirmed" ] || go_back unconfirmed "" "$(run reachable.sh look "$attempt/reach")"
		go_back unsteady "$(echo $(sed -n 's/^unsteady //p' <<<"$health"))" ""
	fi
	sleep 0.5
done

phase commit
if ! run commit-system.sh "$system"; then
	run commit-system.sh "$profile"
	go_back commit "" ""
fi
finish committed "" "" ""
