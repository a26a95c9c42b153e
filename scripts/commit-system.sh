# Makes the running system the one that the next boot starts, and keeps the last ones for those who go back to them.
# $1: store path of the system
set -eu
profile=/nix/var/nix/profiles/system
# Generations are deleted by their age (nix.gc), however few there are; what these lead to no garbage collection takes.
roots=/nix/var/nix/gcroots/kluster-systems
kept=6 # one more than provider/nixos/history.ts remembers: a run that is killed here is not in the state

# The latest has the latest link.
keep() { # STORE_PATH
	[ -e "$1" ] || return 0
	mkdir -p "$roots"
	ln -sfn "$1" "$roots/.draft"
	mv -fT "$roots/.draft" "$roots/${1##*/}"
}

keep "$(readlink -f "$profile" || true)" # an installation made the first one
nix-env --profile "$profile" --set "$1"
"$1/bin/switch-to-configuration" boot
keep "$1"
ls -t "$roots" | tail -n +$((kept + 1)) | while read -r name; do
	rm -f "$roots/$name"
done
