# Partitions and formats the disk of a new machine and mounts its root on /mnt. Everything on it is lost.
# $1: the disk by its path; $2: UUID for the root file system
set -eu
disk=$1 uuid=$2

exec 9>/run/kluster-install.lock
if ! flock -w 120 9; then
	echo "an earlier installation still works on this machine after 120 s; wait for it, or restart the machine" >&2
	exit 1
fi

# A copy of an earlier run may be just about to notice that nobody listens any more.
i=0
while mountpoint -q /mnt && ! umount -R /mnt 2>/dev/null; do
	i=$((i + 1))
	if [ $i -gt 60 ]; then
		echo "/mnt was still in use after 60 s:" >&2
		umount -R /mnt
	fi
	sleep 1
done
swapoff -a

# GPT that boots with either firmware: BIOS finds GRUB's core image in the first partition, UEFI finds GRUB as a file
# in the second. Which of the two a server has is up to the cloud.
wipefs -aq "$disk"
parted -s "$disk" -- mklabel gpt \
	mkpart bios 1MiB 2MiB set 1 bios_grub on \
	mkpart esp fat32 2MiB 66MiB set 2 esp on \
	mkpart nixos ext4 66MiB 100%
udevadm settle --timeout=20

esp=$disk-part2 root=$disk-part3
i=0
until [ -b "$esp" ] && [ -b "$root" ]; do
	i=$((i + 1))
	if [ $i -gt 100 ]; then
		echo "$esp and $root did not appear within 10 s after partitioning" >&2
		exit 1
	fi
	sleep 0.1
done
mkfs.vfat -F 32 -n ESP "$esp" >/dev/null
mkfs.ext4 -qF -L nixos -U "$uuid" "$root"
udevadm settle --timeout=20
mount "$root" /mnt
mkdir -p /mnt/boot/efi
mount -t vfat -o umask=0077 "$esp" /mnt/boot/efi
