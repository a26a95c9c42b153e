# Prints the exit code of an activation and then what it said; nothing while it still runs.
# $1: name of the attempt
set -eu
file=/run/kluster/activations/$1
[ -e "$file.result" ] || exit 0
cat "$file.result" "$file.log"
