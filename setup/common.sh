# What the parts of the set-up share: where things are, how they speak, and the lists that every part adds to while it
# only looks: what is missing and cannot be had (problems), what has to be done (steps), and what is worth knowing
# before it is (notes). Nothing is changed before all parts have looked and no problem was found.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$checkout/.kluster # git-ignored, like everything that the set-up makes
log=$state/setup.log
toolchain=$state/toolchain # the lab's programs: bin/ and plugins/
# What is got once for all checkouts of a user, by version. The program keeps its downloads there, too.
cache=${KLUSTER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kluster}
PATH=$PATH:/usr/sbin:/sbin # where Debian keeps sshd, losetup, mkfs; not on every user's PATH

problems=()
steps=()
notes=()

say() { printf 'setup: %s\n' "$*" >&2; }

# problem WHAT HOW: WHAT is missing and nothing here can get it; HOW the user can.
problem() { problems+=("$1"$'\n'"    $2"); }

# step TEXT FUNCTION [ARG…]: work to be done once it is certain that all of it can be done.
step() {
	local text=$1
	shift
	steps+=("$text"$'\n'"$(printf '%q ' "$@")")
}

note() { notes+=("$1"); }

# list WORD…: "a, b and c".
list() {
	local text=$1
	shift
	while [ $# -gt 1 ]; do
		text+=", $1"
		shift
	done
	printf '%s' "$text${1:+ and $1}"
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least FOUND WANTED: compares versions such as 20.1 and 18.19.0.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# report_problems STATE: shows all of them at once; STATE says what has become of the box so far.
report_problems() {
	[ ${#problems[@]} -gt 0 ] || return 0
	{
		printf 'kluster cannot be set up on this box yet; %s. What is missing, and how to get it:\n' "$1"
		printf '  * %s\n' "${problems[@]}"
	} >&2
	exit 1
}

# Beginning and end of a long text: some programs say first what is wrong, others last.
excerpt() { awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= 8 || i > NR - 12) print line[i]; else if (i == 9) print "…" }'; }

