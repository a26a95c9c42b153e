# Debian packages that the lab, or test/metal, needs: name, and a command or file by which one sees that it is there.

lab_packages=(
	"systemd /usr/lib/systemd/systemd"
	"systemd-container systemd-nspawn"
	"dbus /usr/lib/systemd/system/dbus.socket"
	"openssh-server sshd"
	"openssh-client ssh"
	"iproute2 ip"
	"nftables nft"
	"iptables iptables"
	"parted parted"
	"e2fsprogs mkfs.ext4"
	"dosfstools mkfs.vfat"
	"nix-bin nix-store"
	"containerd containerd"
	"runc runc"
	"containernetworking-plugins /usr/lib/cni/bridge"
	"wireguard-go wireguard-go"
	"wireguard-tools wg"
	"sudo sudo"
	"dnsmasq-base dnsmasq"
	"conntrack conntrack"
	"socat socat"
	"openssl openssl"
	"strace strace"
	"curl curl"
	"util-linux unshare"
	"mount losetup"
	"procps ps"
	"make make"
	"xz-utils xz"
	"ca-certificates /etc/ssl/certs/ca-certificates.crt"
)

# What test/metal needs: QEMU, and what makes its guest.
metal_packages=(
	"qemu-system-x86 qemu-system-x86_64"
	"ovmf /usr/share/OVMF/OVMF_CODE_4M.fd"
	"mmdebstrap mmdebstrap"
	"debian-archive-keyring /usr/share/keyrings/debian-archive-trixie-stable.gpg"
	"cpio cpio"
	"zstd zstd"
	"e2fsprogs mke2fs"
	"util-linux setpriv"
	"make make"
)

is_debian() { have apt-get && grep -qsE '^ID(_LIKE)?=.*debian' /etc/os-release; }

# Names of those packages, given as in lab_packages, that are not there.
missing_packages() {
	local entry name probe
	for entry in "$@"; do
		read -r name probe <<<"$entry"
		case $probe in
		/*) [ -e "$probe" ] || printf '%s\n' "$name" ;;
		*) have "$probe" || printf '%s\n' "$name" ;;
		esac
	done
}

look_for_packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! is_debian; then
		problem "what these Debian packages hold: ${missing[*]}" "install them by your system's package manager; this is tried on Debian 12 only"
	elif [ "$(id -u)" -ne 0 ]; then
		problem "the Debian packages ${missing[*]}" "as root: apt-get install --no-install-recommends ${missing[*]}"
	elif ! can_install "${missing[@]}"; then
		problem "the Debian packages ${missing[*]}: apt-get does not find all of them" "see what \`apt-get update && apt-get --simulate install ${missing[*]}\` says"
	else
		step "installing Debian packages: ${missing[*]}" install_packages "${missing[@]}"
	fi
}

# On a fresh box the package lists may be missing or old: they are fetched when a dry run fails without them.
can_install() {
	apt-get -qq --simulate --no-install-recommends install "$@" >/dev/null 2>&1 && return
	say "fetching the lists of Debian packages (apt-get update)"
	apt-get -qq -o Acquire::Retries=2 -o Acquire::http::Timeout=20 update >/dev/null 2>&1 || true
	apt-get -qq --simulate --no-install-recommends install "$@" >/dev/null 2>&1
}

policy=/usr/sbin/policy-rc.d

# Debian starts a service as soon as its package is installed. The lab needs the programs only: while apt-get runs,
# policy-rc.d forbids the starting; afterwards the box's own policy, if it had one, is back.
install_packages() {
	if [ -e "$policy" ] && ! [ -e "$policy.before-kluster" ]; then mv "$policy" "$policy.before-kluster"; fi
	trap restore_policy EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\n# kluster/setup: no service is to start now\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=2 install --no-install-recommends "$@"
}

restore_policy() {
	if grep -qs kluster/setup "$policy"; then rm -f "$policy"; fi
	if [ -e "$policy.before-kluster" ]; then mv "$policy.before-kluster" "$policy"; fi
}
