# What both smoke tests begin with: sourced by docs/smoke-*.sh, in the checkout's folder.

work=$(mktemp -d "${TMPDIR:-/tmp}/kluster-smoke.XXXXXX")
stack=smoke
inventory=$work/hosts.toml
stack_file=$work/Pulumi.$stack.yaml
known_hosts=$work/known_hosts
export PULUMI_BACKEND_URL=file://$work/state PULUMI_CONFIG_PASSPHRASE=smoke PULUMI_SKIP_UPDATE_CHECK=true
export PULUMI_OPTION_CONFIG_FILE=$stack_file
unset PULUMI_CONFIG_PASSPHRASE_FILE
mkdir "$work/state"

step=0
begin() {
	step=$((step + 1))
	printf '\n== %d. %s\n' "$step" "$*"
}
ok() { printf '   ok: %s\n' "$*"; }
fail() {
	printf '   FAILED: %s\n' "$*" >&2
	exit 1
}
skipped() { [[ " ${SKIP:-} " == *" $1 "* ]] && printf '   skipped\n'; }

# The log has everything; the screen has the steps.
quietly() {
	printf '$ %s\n' "$*" >>"$work/log"
	"$@" >>"$work/log" 2>&1 || fail "$* (exit code $?); its last lines: $(tail -n 15 "$work/log")"
}
pulumi_quietly() { quietly pulumi "$1" --stack "$stack" "${@:2}"; }
output() { pulumi stack output --stack "$stack" "$@"; }
cluster() { kubectl --kubeconfig <(output kubeconfig --show-secrets) "$@"; }
json() { node -pe 'const [expression, ...args] = process.argv.slice(1); const d = JSON.parse(require("fs").readFileSync(0)); eval(expression)' "$@"; }

address() { output machines --json | json 'd[args[0]].address' "$1"; }
on() { # MACHINE COMMAND…
	ssh -F none -o BatchMode=yes -o ConnectTimeout=5 -o UserKnownHostsFile="$known_hosts" "root@$(address "$1")" "${@:2}"
}
log_in() { # the operator's key goes to an agent, never into a file; host keys are public
	[ -n "${SSH_AGENT_PID:-}" ] || eval "$(ssh-agent)" >/dev/null
	output sshKey --show-secrets | ssh-add -q -
	output machines --json | json 'Object.values(d).map((m) => `${m.address} ${m.hostKey}`).join("\n")' >"$known_hosts"
}
within() { # SECONDS WHAT COMMAND…
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "not within the time: $what"
		sleep 2
	done
	ok "$what"
}
visited() { cluster logs visitor | grep -q nginx; }
rebooted() { local now; now=$(on "$1" cat /proc/sys/kernel/random/boot_id) && [ "$now" != "$2" ]; } # MACHINE BOOT-ID-BEFORE
ready() { [ "$(cluster get nodes --no-headers | awk '$2 == "Ready"' | wc -l)" -eq "$1" ]; }
unchanged() {
	pulumi_quietly preview --expect-no-changes
	pulumi_quietly refresh --yes --expect-no-changes
	ok "preview and refresh find nothing to do"
}
set_host() { # MACHINE KEY VALUE (JSON, or text)
	node -e '
		const [file, host, key, value] = process.argv.slice(1), fs = require("fs"), toml = require("@iarna/toml");
		const inventory = toml.parse(fs.readFileSync(file, "utf8"));
		let parsed = value;
		try { parsed = JSON.parse(value); } catch {}
		((inventory.hosts ??= {})[host] ??= {})[key] = parsed;
		fs.writeFileSync(file, toml.stringify(inventory));
	' "$inventory" "$@"
}
reach_service() { # a pod a Service, by its DNS name
	quietly cluster create deployment hello --image=docker.io/library/nginx:alpine --replicas=2
	quietly cluster expose deployment hello --port=80
	quietly cluster rollout status deployment hello --timeout=300s
	quietly cluster run visitor --image=docker.io/library/busybox --restart=Never --command -- sh -c 'until wget -qO- http://hello.default.svc.cluster.local; do sleep 1; done'
	within 180 "a pod reached the Service by its name, and its log is readable" visited
}
