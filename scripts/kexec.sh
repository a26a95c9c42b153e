# Leaves the running system for the installer, which then is in memory only, a moment after this script has ended.
# $1: the installer's tree in the store: kernel, initrd, command-line, kexec
# $2: cpio archive that the installer finds unpacked beside its initrd's files; it is taken away
set -eu
umask 077
tree=$1 seed=$2

exec 9>/run/kluster-kexec.lock
if ! flock -n 9; then
	echo "another run is starting the installer on this machine; run this again when it is done" >&2
	exit 1
fi
if systemctl is-active --quiet kluster-kexec.service; then
	exit 0 # an earlier run has come this far: in two seconds the installer starts
fi

# On disk and not in memory, where the kernel needs the room for its own copy; and in a folder of root's, as a key is in it.
initrd=/var/lib/kluster-initrd
trap 'rm -f "$initrd" "$seed"' EXIT
rm -f "$initrd"
cat "$tree/initrd" >"$initrd"
# The kernel finds a further archive at multiples of 4 bytes only, and passes over zeros.
size=$(stat -c %s "$initrd")
truncate -s $(((size + 3) / 4 * 4)) "$initrd"
cat "$seed" >>"$initrd"

# Which of the kernel's two calls works depends on kernel and firmware (nixos-anywhere issues 263, 264 and 289). The first
# tries the one that checks signatures and, only where the kernel has it not, the old one; the second is the old one. The
# kernel reads all of the initrd for the first: for most of a minute the machine may not answer.
load() {
	"$tree/kexec" "$1" --load "$tree/kernel" --initrd="$initrd" --command-line="$(cat "$tree/command-line")" 2>&1
}
if ! first=$(load --kexec-syscall-auto) && ! second=$(load --kexec-syscall); then
	printf 'the kernel does not take the installer.\nkexec --kexec-syscall-auto: %s\nkexec --kexec-syscall: %s\n' "$first" "$second" >&2
	dmesg 2>/dev/null | grep -i kexec | tail -n 5 >&2
	exit 1
fi

# In a unit of its own: what a session leaves in the background may end with it, and then nothing happens
# (nixos-images issue 342). Two seconds, so that the exit code of this script still gets through.
systemctl reset-failed kluster-kexec.service 2>/dev/null || true
systemd-run --quiet --no-block --unit=kluster-kexec --description="kluster starts the NixOS installer" \
	"$(command -v bash)" -c 'sleep 2; sync; exec "$1" --exec' kexec "$tree/kexec"
