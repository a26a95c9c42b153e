# Says how far an activation is, as key=value, then after an empty line what its units and it have said.
# $1: name of the attempt
# See supervise-activation.sh for the keys; besides: unit, the state of the unit that supervises it; system, what runs now.
# Without a phase the machine knows nothing of the attempt: it has restarted since.
set -u
# In this order: a unit that has ended has left its outcome.
echo "unit=$(systemctl show --property=ActiveState --value kluster-activate.service)"
echo "system=$(readlink -f /run/current-system)"
for folder in /run/kluster/activations/$1 /var/lib/kluster/activations/$1; do
	[ -e "$folder/phase" ] || continue
	echo "phase=$(cat "$folder/phase")"
	[ -e "$folder/outcome" ] || exit 0
	cat "$folder/outcome"
	echo
	for file in journal log; do
		[ ! -s "$folder/$file" ] || cat "$folder/$file"
	done
	exit 0
done
