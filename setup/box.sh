# What the lab needs of the box itself and nothing can install.

look_at_platform() {
	local system machine
	system=$(uname -s) machine=$(uname -m)
	if [ "$system" != Linux ]; then
		problem "Linux: this box runs $system" "macOS and Windows cannot work yet; a Linux box or virtual machine can"
	elif [ "$machine" != x86_64 ]; then
		problem "an x86_64 processor: this box is $machine" "the NixOS image and the tools are for x86_64 so far"
	fi
}

lab_memory=3 # GB: three machines with a real Kubernetes take about 2
lab_disk=5   # GB: toolchain, three sparse disks, the Nix store

look_at_box() {
	[ "$(uname -s)" = Linux ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		problem "root: the lab makes namespaces, network bridges and loop devices" "the same command as root, such as sudo -E make demo"
	elif have unshare && ! unshare --mount --net --pid --ipc --uts --fork true 2>/dev/null; then
		problem "namespaces: \`unshare --mount --net --pid --ipc --uts --fork true\` fails" "in a container: start it privileged; otherwise a kernel with namespaces"
	else
		look_at_kernel
	fi
	look_for_memory $lab_memory "three machines need"
	[ -d "$state/lab" ] || look_for_disk $lab_disk "the lab needs"
}

look_at_kernel() {
	if [ ! -e /dev/loop-control ] || { have losetup && ! losetup --find >/dev/null 2>&1; }; then
		problem "loop devices: /dev/loop-control gives none" "modprobe loop; in a container: start it privileged, with the box's /dev"
	fi
	[ -e /dev/kmsg ] || problem "/dev/kmsg, which kubelet reads" "in a container: start it privileged"
	have ip || return 0 # comes with the packages; setup/setup looks again afterwards
	local type
	for type in "bridge" "veth" "vxlan id 1 dstport 4789"; do
		unshare --net ip link add probe type $type 2>/dev/null ||
			problem "network devices of type ${type%% *} in this kernel" "modprobe ${type%% *}"
	done
}

metal_memory=4 # GB: the guest of test/metal has two, and its installer is made and read here
metal_disk=4   # GB: the guest's Debian while it is made, and its sparse disks

look_at_box_for_metal() {
	[ "$(uname -s)" = Linux ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		problem "root: the guest's Debian is made in a chroot" "the same command as root, such as sudo -E make test-metal"
	elif have unshare && ! unshare --mount true 2>/dev/null; then
		problem "namespaces: \`unshare --mount true\` fails" "in a container: start it privileged; otherwise a kernel with namespaces"
	fi
	look_for_memory $metal_memory "a guest of 2 GB needs"
	[ -e "$state/metal/initrd" ] || look_for_disk $metal_disk "the guest's disks need"
}

look_for_memory() { # GB "WHO needs"
	local found
	found=$(awk '/^MemTotal:/ { print int($2 / 1000000) }' /proc/meminfo)
	[ "$found" -ge "$1" ] || problem "memory: $found GB of the $1 GB that $2" "a bigger box"
}

look_for_disk() { # GB "WHO needs"
	local found
	found=$(df -Pk "$checkout" | awk 'NR == 2 { print int($4 / 1000000) }')
	[ "$found" -ge "$1" ] ||
		problem "disk space: $found GB free of the $1 GB that $2 in $state" "make room, or clone into a bigger file system"
}
