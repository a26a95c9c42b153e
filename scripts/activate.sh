# Starts the activation of a system under the supervision of a unit of its own, which outlives this connection and decides
# by itself what comes of it (supervise-activation.sh): an activation may take sshd or the network away for good.
# $1: store path of the system; $2: name of this attempt
# $3: seconds for which the switch may run; $4: seconds in which a new login has to confirm it
# Standard input, a line each: NAME CONTENT, files of the attempt with their content in base64; then "end", without which
# nothing is done, as the connection has broken
set -eu
umask 077
system=$1 attempt=$2
folder=/run/kluster/activations/$attempt
mkdir -p "$folder"

whole=
while read -r name content; do
	case $name in
	end) whole=yes ;;
	*) printf %s "$content" | base64 -d >"$folder/$name" ;;
	esac
done
if [ -z "$whole" ]; then
	rm -rf "$folder"
	echo "what the activation needs has not come whole; nothing was changed" >&2
	exit 1
fi
: >"$folder/log"
echo begun >"$folder/phase"

# --no-block and not --pipe or --wait: those die with the client's connection (nixpkgs issue 462179).
# There is one unit of that name: while it runs, systemd refuses another activation.
if ! systemd-run --quiet --no-block --collect --unit=kluster-activate --description="kluster activates $system" \
	--service-type=oneshot --property=OOMScoreAdjust=-1000 --setenv=PATH="$PATH" \
	"$(readlink -f "$(command -v bash)")" "$folder/supervise-activation.sh" "$folder" "$system" "$3" "$4" "${SSH_CONNECTION:-}"; then
	rm -rf "$folder"
	exit 1
fi
