# What the demo's scripts share.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$checkout/.kluster # git-ignored
cd "$checkout"

title() { printf '\n== %s\n' "$*"; }

# require_stack STACK TARGET: the rehearsal lab has stand-ins for these; each stack has a lab of its own.
require_stack() {
	case $1 in
	dev) lab_state=$state/lab ;;
	hetzner) lab_state=$state/lab-$1 ;;
	*)
		{
			printf 'STACK=%s: the rehearsal lab can show the stacks "dev" (VirtualBox) and "hetzner" only.\n' "$1"
			printf 'Run make %s with STACK=dev or STACK=hetzner.\n' "$2"
		} >&2
		exit 2
		;;
	esac
	export STACK=$1 # lab/lab takes it from there
}

# The command that does something to the same stack.
make_command() { [ "$STACK" = dev ] && printf 'make %s' "$1" || printf 'make %s STACK=%s' "$1" "$STACK"; }

in_lab() { lab/lab run -- "$@"; }

# Milliseconds since the epoch.
now() { date +%s%3N; }

seconds_since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", (to - from) / 1000 }'; }
