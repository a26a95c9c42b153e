# Says what a machine is made of, one key=value a line. Works on Debian, in the installer and on NixOS.
#   boot        boot id
#   memory      kB
#   public_mac  MAC address, in lower case, of the network card that this very login came in by
#   disk        by-path name of the disk that / is on, or of the only disk where / is in memory
set -eu

# major:minor in decimal, as mountpoint prints it
device_number() {
	set -- $(stat -Lc '0x%t 0x%T' "$1")
	echo "$(($1)):$(($2))"
}

echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "memory=$(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)"

set -- $SSH_CONNECTION # client's address and port, then ours
nic=
for folder in /sys/class/net/*; do
	case " $(ip -o address show dev "${folder##*/}" | tr -s ' /' '  ') " in
	*" $3 "*) nic=${folder##*/} ;;
	esac
done
if [ -z "$nic" ]; then
	echo "no network card of this machine has the address $3, although a login came in by it" >&2
	exit 1
fi
echo "public_mac=$(cat "/sys/class/net/$nic/address")"

# A disk may have several names; the links come sorted, so it is always the same that is taken. Those that begin with
# "virtio-" exist with some versions of udev only.
root=$(mountpoint -d /)
disk= disks= devices=
for link in /dev/disk/by-path/*; do
	case ${link##*/} in virtio-*) continue ;; esac
	[ -b "$link" ] || continue
	device=$(readlink -f "$link")
	case ${device##*/} in sr*) continue ;; esac # a drive for CDs
	case $link in
	*-part[0-9]*)
		if [ -z "$disk" ] && [ "$(device_number "$link")" = "$root" ]; then
			disk=${link%-part*}
		fi
		;;
	*)
		case " $devices " in *" $device "*) continue ;; esac
		devices="$devices $device" disks="$disks $link"
		;;
	esac
done
if [ -z "$disk" ]; then
	set -- $disks
	if [ $# -ne 1 ]; then
		echo "/ is on no partition of a disk, and with $# disks here it is not known which one is meant:${disks:- none};" \
			"detach all but one" >&2
		exit 1
	fi
	disk=$1
fi
echo "disk=$disk"
