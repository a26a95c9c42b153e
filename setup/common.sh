# What the parts of the set-up share: where things are, how they speak, and the two lists that every part adds to
# while it only looks: what is missing and cannot be had (problems), and what has to be done (steps).
# Nothing is changed before all parts have looked and no problem was found.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$checkout/.kluster # git-ignored, like everything that the set-up makes
log=$state/setup.log
PATH=$PATH:/usr/sbin:/sbin # where Debian keeps sshd, losetup, mkfs; not on every user's PATH

problems=()
steps=()

say() { printf 'setup: %s\n' "$*" >&2; }

# problem WHAT HOW: WHAT is missing and nothing here can get it; HOW the user can.
problem() { problems+=("$1"$'\n'"    $2"); }

# step TEXT FUNCTION [ARG…]: work to be done once it is certain that all of it can be done.
step() {
	local text=$1
	shift
	steps+=("$text"$'\n'"$(printf '%q ' "$@")")
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

# What a step prints goes to the log; its end is shown when the step fails.
run_steps() {
	local entry text command before
	mkdir -p "$state"
	[ ${#steps[@]} -eq 0 ] || : >"$log"
	for entry in "${steps[@]}"; do
		text=${entry%%$'\n'*}
		command=${entry#*$'\n'}
		say "$text"
		printf '== %s\n' "$text" >>"$log"
		before=$(wc -c <"$log")
		# A shell of its own keeps `set -e` alive inside the step, which `if` would switch off.
		set +e
		(
			set -e
			eval "$command"
		) >>"$log" 2>&1 </dev/null
		local code=$?
		set -e
		if [ $code -ne 0 ]; then
			{
				printf 'setup: failed: %s\n' "$text"
				tail -c "+$((before + 1))" "$log" | excerpt | sed 's/^/  | /'
				printf 'setup: the whole log is %s; after the cause is gone, the same command goes on from here\n' "$log"
			} >&2
			exit 1
		fi
	done
}
