# Makes the system of the NixOS installer answer as the machine that it is to become: SSH with the pinned host key
# and the operator's key, on the machine's own address. Runs as root, straight from the machine's seed disk, where
# these variables are set before it:
#   AUTHORIZED_KEYS  lines of authorized_keys for root
#   HOST_KEY         private ed25519 host key
#   CLUSTER_MAC      MAC address of the interface that gets the address, in lower case
#   CLUSTER_ADDRESS  address/prefix length
set -eu
umask 077
PATH=$PATH:/run/wrappers/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The line that starts this is typed again and again until the machine answers.
exec 9>/run/kluster-seed.lock
flock -n 9 || exit 0

# put PATH TEXT: succeeds only if the file had to be changed
put() {
	if [ "$(cat "$1" 2>/dev/null)" = "$2" ]; then
		return 1
	fi
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1"
}

# Keys before the address: nobody shall ever meet another host key there.
mkdir -p /root/.ssh
chmod 700 /root/.ssh
put /root/.ssh/authorized_keys "$AUTHORIZED_KEYS" || true

restarted=/run/kluster-seed.restarted
if put /etc/ssh/ssh_host_ed25519_key "$HOST_KEY"; then
	rm -f "$restarted"
fi
if [ ! -e "$restarted" ]; then
	# The public half of the key that was there before would make sshd refuse the new one.
	for file in /etc/ssh/ssh_host_*; do
		[ "$file" = /etc/ssh/ssh_host_ed25519_key ] || rm -f "$file"
	done
	systemctl restart sshd.service
	: >"$restarted"
fi

nic=
for file in /sys/class/net/*/address; do
	if [ "$(cat "$file")" = "$CLUSTER_MAC" ]; then
		nic=${file%/address}
		nic=${nic##*/}
	fi
done
if [ -z "$nic" ]; then
	echo "kluster: no network interface has the MAC address $CLUSTER_MAC" >&2
	exit 1
fi

# NetworkManager clears an interface when it lets go of it: the address comes after that.
if command -v nmcli >/dev/null && nmcli device set "$nic" managed no; then
	tries=0
	while [ "$tries" -lt 25 ]; do
		state=$(nmcli -g GENERAL.STATE device show "$nic" 2>/dev/null) || break
		case $state in '10 '*) break ;; esac # unmanaged; 100 is connected
		tries=$((tries + 1))
		sleep 0.2
	done
fi
ip address replace "$CLUSTER_ADDRESS" dev "$nic"
ip link set dev "$nic" up
echo "kluster: $nic has $CLUSTER_ADDRESS"
exit 0
