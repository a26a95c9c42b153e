# Makes the disk mounted on /mnt boot a system that has been copied there, and leaves it ready for that.
# $1: store path of the system; $2: identity of this very machine, the mark of a finished installation
set -eu
system=$1 identity=$2

exec 9>/run/kluster-install.lock
if ! flock -n 9; then
	echo "another installation works on this machine; run this again when it is done" >&2
	exit 1
fi

nixos-install --root /mnt --system "$system" --no-root-passwd --no-channel-copy

# The mark comes last: an installation that was cut short begins anew.
mkdir -p /mnt/var/lib/kluster
printf '%s\n' "$identity" >/mnt/var/lib/kluster/identity
sync
umount -R /mnt
