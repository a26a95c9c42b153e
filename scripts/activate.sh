# Starts the activation of a system in a unit of its own, which outlives this connection: activation may
# restart sshd and the network.
# $1: store path of the system; $2: name of this attempt
set -eu
system=$1 attempt=$2
folder=/run/kluster/activations
mkdir -p "$folder"
chmod 700 "$folder"

# --no-block and not --pipe or --wait: those die with the client's connection (nixpkgs issue 462179).
systemd-run --quiet --no-block --collect --unit="kluster-activate-$attempt" \
	--description="kluster activates $system" --service-type=oneshot \
	"$(command -v bash)" -c '
		code=0
		"$1/bin/switch-to-configuration" test >"$2.log" 2>&1 </dev/null || code=$?
		echo "$code" >"$2.draft"
		mv "$2.draft" "$2.result"
	' activate "$system" "$folder/$attempt"
