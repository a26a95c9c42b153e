# Says whether a machine has a system, whole: yes or no.
# $1: its store path
set -eu
if nix-store --check-validity "$1" 2>/dev/null && [ -x "$1/bin/switch-to-configuration" ]; then
	echo yes
else
	echo no
fi
