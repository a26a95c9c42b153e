# Says what of a system the machine will only have after a reboot, a line each; nothing: no reboot is needed.
# $1: store path of the system; it is on the machine
set -eu
booted=${KLUSTER_BOOTED:-/run/booted-system}

differs() {
	[ "$(readlink -f "$booted/$1")" != "$(readlink -f "$2/$1")" ]
}

if differs kernel "$1"; then echo "the kernel"; fi
if differs kernel-modules "$1"; then echo "kernel modules"; fi
if differs initrd "$1"; then echo "the initrd"; fi
if ! cmp -s "$booted/kernel-params" "$1/kernel-params"; then echo "kernel parameters"; fi
