# What the demo's scripts share.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$checkout/.kluster # git-ignored
cd "$checkout"

title() { printf '\n== %s\n' "$*"; }

# The rehearsal lab stands in for VirtualBox; other kinds of stacks have no stand-in.
require_stack() {
	[ "$1" = dev ] && return
	{
		printf 'STACK=%s: the rehearsal lab can show the stack "dev" only.\n' "$1"
		printf 'Run make %s without STACK, or with STACK=dev.\n' "$2"
	} >&2
	exit 2
}

in_lab() { lab/lab run -- "$@"; }

# Milliseconds since the epoch.
now() { date +%s%3N; }

seconds_since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", (to - from) / 1000 }'; }
