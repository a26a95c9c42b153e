#!/bin/bash
# PID 1 of the lab: `init.sh kluster-lab STATE`, in fresh network, mount, PID, IPC and UTS namespaces. Prepares them,
# says "ready", and then only lives and reaps: when it ends, the kernel ends every process of the lab, and the mounts,
# bridges and namespaces go with them.
set -eu
state=$2

ip link set lo up
# An address of its own: otherwise the bridge's changes with the machines that come and go.
ip link add lan0 address 0a:00:27:00:00:fe type bridge
ip addr add 192.168.10.1/24 dev lan0
ip link set lan0 up
mount --bind "$state/nix" /nix
hostname lab

echo ready
exec >/dev/null 2>&1 </dev/null
trap : TERM INT HUP
while :; do
	sleep infinity &
	wait $! || kill $! || :
done
