# Tells whether the operator could still reach this machine, as far as the machine itself can see that.
# record FILE CONNECTION  writes down how he does: CONNECTION is SSH_CONNECTION (client's address and port, ours and ours)
# look FILE               prints what has been lost since; nothing where nothing has, or nothing was written down
set -u
verb=$1 file=$2

device_to() { # CLIENT: the interface by which packets get there
	ip route get "$1" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p'
}

greets() { # ADDRESS PORT
	timeout 5 bash -c 'exec 5<>"/dev/tcp/$0/$1" && read -r line <&5 && [[ $line == SSH-* ]]' "$1" "$2" 2>/dev/null
}

lost() { # CLIENT DEVICE ADDRESS PORT
	if [ -z "$(ip -o address show to "$3" 2>/dev/null)" ]; then
		echo "the machine does not have the address $3"
	elif [ "$(device_to "$1")" != "$2" ]; then
		echo "the machine has no way to $1 by $2"
	elif ! greets "$3" "$4"; then
		echo "no SSH server answers at $3:$4 on the machine itself"
	fi
}

case $verb in
record)
	: >"$file"
	read -r client _ address port <<<"$3"
	[ -n "${port:-}" ] || exit 0
	device=$(device_to "$client")
	# What cannot be seen while it is there cannot be missed.
	if [ -z "$(lost "$client" "$device" "$address" "$port")" ]; then
		echo "$client $device $address $port" >"$file"
	fi
	;;
look)
	[ -s "$file" ] || exit 0
	read -r client device address port <"$file"
	lost "$client" "$device" "$address" "$port"
	;;
*)
	echo "reachable.sh: unknown verb $verb; record and look are known" >&2
	exit 2
	;;
esac
