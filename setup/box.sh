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
	local memory disk
	memory=$(awk '/^MemTotal:/ { print int($2 / 1000000) }' /proc/meminfo)
	[ "$memory" -ge $lab_memory ] || problem "memory: $memory GB of the $lab_memory GB that three machines need" "a bigger box"
	disk=$(df -Pk "$checkout" | awk 'NR == 2 { print int($4 / 1000000) }')
	[ "$disk" -ge $lab_disk ] || [ -d "$state/lab" ] ||
		problem "disk space: $disk GB free of the $lab_disk GB that the lab needs in $state" "make room, or clone into a bigger file system"
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
