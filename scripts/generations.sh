# Says which systems a machine has, and changes nothing: lines of fields divided by tabs.
#   running PATH, booted PATH, next PATH       the system that runs, the one that was booted, and that of the next boot
#   system NUMBER SECONDS PATH NIXOS KERNEL KUBERNETES
#     for each generation of the system's profile, made at SECONDS since 1970; then for each system that is kept without one
#     (commit-system.sh), with "-" for NUMBER. Versions are "-" where there is none.
set -u
profiles=/nix/var/nix/profiles
roots=/nix/var/nix/gcroots/kluster-systems
shopt -s nullglob

or_none() {
	[ -n "$1" ] && echo "$1" || echo -
}

kernel_of() { # SYSTEM
	local modules=("$1"/kernel-modules/lib/modules/*) kernel
	if [ ${#modules[@]} -gt 0 ]; then
		echo "${modules[0]##*/}"
	else
		kernel=$(readlink -e "$1/kernel") && [[ $kernel =~ -linux-([0-9][0-9.]*) ]] && echo "${BASH_REMATCH[1]}"
	fi
}

# Of the Kubernetes that its node runs: /nix/store/…-kubernetes-1.36.1/bin/kubelet
kubernetes_of() { # SYSTEM
	local unit
	unit=$(cat "$1/etc/systemd/system/kubelet.service" 2>/dev/null) && [[ $unit =~ -kubernetes-([0-9][0-9.]*) ]] && echo "${BASH_REMATCH[1]}"
}

tell() { # NUMBER LINK
	local path
	path=$(readlink -e "$2") || return 0
	printf 'system\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(stat -c %Y "$2")" "$path" \
		"$(or_none "$(cat "$path/nixos-version" 2>/dev/null)")" "$(or_none "$(kernel_of "$path")")" "$(or_none "$(kubernetes_of "$path")")"
	told[$path]=1
}

for place in running=/run/current-system booted=/run/booted-system next=$profiles/system; do
	printf '%s\t%s\n' "${place%%=*}" "$(readlink -e "${place#*=}" || true)"
done
declare -A told=()
for link in "$profiles"/system-*-link; do
	number=${link##*/system-}
	tell "${number%-link}" "$link"
done
for link in "$roots"/*; do
	[ -n "${told[$(readlink -e "$link")]:-}" ] || tell - "$link"
done
