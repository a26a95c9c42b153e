# Makes the running system the one that the next boot starts.
# $1: store path of the system
set -eu
nix-env --profile /nix/var/nix/profiles/system --set "$1"
"$1/bin/switch-to-configuration" boot
