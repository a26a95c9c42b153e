# Starts the activation of a system in a unit of its own, which outlives this connection: activation may
# restart sshd and the network.
# $1: store path of the system; $2: name of this attempt
# Standard input: text of settle-secrets.sh
set -eu
system=$1 attempt=$2
folder=/run/kluster/activations
mkdir -p "$folder"
chmod 700 "$folder"
cat >"$folder/$attempt.settle"

# --no-block and not --pipe or --wait: those die with the client's connection (nixpkgs issue 462179).
# What the unit runs has no braces after a dollar sign: systemd would take them for variables of its own.
systemd-run --quiet --no-block --collect --unit="kluster-activate-$attempt" \
	--description="kluster activates $system" --service-type=oneshot \
	"$(command -v bash)" -c '
		code=0
		settle() {
			PATH=$4 "$3" "$2.settle" "$5" "$2.units" >>"$2.log" 2>&1 </dev/null
		}
		settle "$@" before
		"$1/bin/switch-to-configuration" test >>"$2.log" 2>&1 </dev/null || code=$?
		case $code in
		# Active: 4 means that units are failed, by the switch or by the restart that it lacked.
		0 | 4) settle "$@" after || code=4 ;;
		esac
		echo "$code" >"$2.draft"
		mv "$2.draft" "$2.result"
	' activate "$system" "$folder/$attempt" "$(command -v bash)" "$PATH"
