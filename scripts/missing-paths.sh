# Prints those of the given store paths that are not on this machine, one a line.
set -eu
for path; do
	[ -e "$path" ] || [ -L "$path" ] || printf '%s\n' "$path"
done
