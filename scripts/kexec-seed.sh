# Makes the installer answer as the machine that it is to become, and nobody else: SSH with the pinned host key and
# the operator's key, on the machine's own addresses. The installer runs it as root before sshd; beside it is a file
# "settings" that sets
#   AUTHORIZED_KEYS  lines of authorized_keys for root
#   HOST_KEY         private ed25519 host key
#   PUBLIC_MAC       MAC address of the network card to the internet, in lower case
#   PUBLIC_IPV6      its IPv6 address with prefix length, which nothing announces; may be empty
set -eu
umask 077
. "$(dirname "$0")/settings"

mkdir -p /root/.ssh /etc/ssh
printf '%s\n' "$AUTHORIZED_KEYS" >/root/.ssh/authorized_keys
rm -f /etc/ssh/ssh_host_*
printf '%s\n' "$HOST_KEY" >/etc/ssh/ssh_host_ed25519_key

# systemd-networkd reads it as a user of its own.
umask 022
mkdir -p /run/systemd/network
network=/run/systemd/network/05-kluster-public.network
{
	printf '[Match]\nMACAddress=%s\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n' "$PUBLIC_MAC"
	if [ -n "$PUBLIC_IPV6" ]; then
		# Nothing at Hetzner announces them: the router, and the name servers, which DHCP names where there is IPv4.
		printf 'Address=%s\nGateway=fe80::1\n' "$PUBLIC_IPV6"
		printf 'DNS=%s\n' 2a01:4ff:ff00::add:1 2a01:4ff:ff00::add:2
	fi
} >"$network"
if systemctl is-active --quiet systemd-networkd.service; then
	networkctl reload
fi
