#!/usr/bin/env bash
# docs/smoke-hetzner.sh: shows at the real Hetzner Cloud what the rehearsal lab cannot show (docs/verified.md).
#
# Orders servers, which costs money: says how much, and asks, before anything is made. Makes a cluster of its own (stack
# "smoke": two servers, later a third; Pulumi's state in a temporary folder), changes it, breaks it, repairs it and destroys
# it. What else is in the project is not touched. It needs what docs/guide/hetzner.md asks for, with kubectl, ssh and curl
# besides, and a token that may read and write, from HCLOUD_TOKEN or asked for. Every step says what it expects; the first
# that fails ends the run, and asks whether all of it is to be deleted.
#
#   docs/smoke-hetzner.sh                    all steps but the change of type
#   RESCALE=cpx32 docs/smoke-hetzner.sh      that too: the second server becomes that type
#   SKIP="pods" docs/smoke-hetzner.sh        without some: pods (pulls images), killed
#   TYPES='["cpx22"]' docs/smoke-hetzner.sh  other types than the default
#   BASE=FILE docs/smoke-hetzner.sh          begins with the settings of that stack file (another nixpkgs, say)
#   YES=1                                    orders, and at the end of a run that failed deletes, without asking
#   KEEP=1                                   leaves everything as it is when a step fails: it costs on
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. docs/smoke-common.sh

asked() { # QUESTION: whether the answer is yes
	local answer=
	[ -z "${YES:-}" ] || return 0
	read -r -p "   $1 [yes/no] " answer </dev/tty || true
	[ "$answer" = yes ]
}
# Hetzner's API by hand; the token is in no argument.
endpoint=https://api.hetzner.cloud/v1
api() { # METHOD PATH [BODY]
	curl --silent --show-error --fail --max-time 30 --request "$1" --header @<(printf 'Authorization: Bearer %s\n' "$HCLOUD_TOKEN") \
		--header 'Content-Type: application/json' ${3:+--data "$3"} "$endpoint$2"
}
held() { # every object of the stack: KIND NAME ID
	local kind objects
	for kind in servers primary_ips volumes load_balancers networks firewalls placement_groups ssh_keys; do
		objects=$(api GET "/$kind?per_page=50") || return 1
		json 'd[args[0]].filter((o) => /^kluster-smoke(-|$)/.test(o.name)).map((o) => [args[0], o.name, o.id].join(" ")).join("\n")' "$kind" <<<"$objects" | grep . || true
	done
}
server() { held | awk -v name="kluster-$stack-$1" '$1 == "servers" && $2 == name { print $3 }'; }
exists() { [ -n "$(server "$1")" ]; }

left() {
	local code=$? remaining
	trap - EXIT
	if [ -n "${SSH_AGENT_PID:-}" ]; then ssh-agent -k >/dev/null; fi
	if [ $code -eq 0 ]; then
		rm -rf "$work"
		printf '\nAll %d steps passed.\n' "$step"
		return
	fi
	if [ -z "${ordered:-}" ]; then
		printf '\nNothing was ordered. The log: %s\n' "$work/log" >&2
		exit $code
	fi
	if [ -z "${KEEP:-}" ] && asked "Delete everything that this run has ordered?"; then
		set +e
		{
			pulumi cancel --stack "$stack" --yes
			pulumi state unprotect --all --yes --stack "$stack"
			for name in one two three; do
				id=$(server $name)
				[ -z "$id" ] || api POST "/servers/$id/actions/change_protection" '{"delete":false,"rebuild":false}'
			done
			sleep 3
			pulumi destroy --stack "$stack" --yes --skip-preview
		} >>"$work/log" 2>&1
	fi
	if remaining=$(held); then
		if [ -z "$remaining" ]; then
			printf '\nNothing is left at Hetzner. The log: %s\n' "$work/log" >&2
		else
			cat >&2 <<END

Still at Hetzner, and on the bill (${monthly:-?} a month for all of it):
$remaining

To look further:
  export PULUMI_BACKEND_URL=$PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE=smoke PULUMI_OPTION_CONFIG_FILE=$stack_file
  less $work/log; pulumi stack --stack $stack
To take it down:
  pulumi config set --stack $stack kluster:protect false; pulumi up --stack $stack --yes
  pulumi destroy --stack $stack --yes && rm -r $work
or delete these objects in the Hetzner console.
END
		fi
	else
		printf '\nHetzner could not be asked what is left: look in the console for kluster-%s…, it may cost money.\n' "$stack" >&2
	fi
	exit $code
}
trap left EXIT

refused() { cluster logs curious | grep -q refused; }
open_port() { timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; } # ADDRESS PORT
remove_host() { # MACHINE
	node -e '
		const [file, host] = process.argv.slice(1), fs = require("fs"), toml = require("@iarna/toml");
		const inventory = toml.parse(fs.readFileSync(file, "utf8"));
		delete inventory.hosts[host];
		fs.writeFileSync(file, toml.stringify(inventory));
	' "$inventory" "$@"
}

begin "What this box has"
for program in pulumi nix nix-instantiate nix-store node npm ssh ssh-agent kubectl curl tar; do
	command -v $program >/dev/null || fail "$program is not on PATH"
done
printf '   %s, Node %s, Pulumi %s, Linux %s\n' "$(nix --version)" "$(node --version)" "$(pulumi version)" "$(uname -r)"
[ -d node_modules ] || quietly npm ci
if [ -z "${HCLOUD_TOKEN:-}" ]; then
	read -rs -p "   A token of the project that may read and write: " HCLOUD_TOKEN </dev/tty
	printf '\n'
fi
export HCLOUD_TOKEN # where Pulumi's plugin and kluster look for it
printf '[kluster]\nmaster = "one"\n' >"$inventory"
set_host one host 10.64.0.11
set_host two host 10.64.0.12
if [ -n "${BASE:-}" ]; then grep -v '^encryptionsalt:' "$BASE" >"$stack_file"; fi
quietly pulumi stack init --no-select "$stack" # yours stays selected
quietly pulumi config set --stack "$stack" kluster:provider hetzner
quietly pulumi config set --stack "$stack" kluster:inventory "$inventory"
if [ -n "${TYPES:-}" ]; then quietly pulumi config set --stack "$stack" kluster:serverTypes "$TYPES"; fi
if pulumi config get --stack "$stack" hcloud:endpoint >"$work/endpoint" 2>/dev/null; then endpoint=$(cat "$work/endpoint"); fi
before=$(held) || fail "Hetzner's API does not let this token in"
[ -z "$before" ] || fail "the project has objects of another such run: $before"
if ! pulumi config --stack "$stack" --json | grep -q kluster:access; then quietly setup/allow --stack "$stack"; fi
ok "everything is there, and nothing is called kluster-$stack at Hetzner"

begin "What it costs; a preview makes nothing"
pulumi_quietly preview --diff
monthly=$(sed -n 's/^ *total *: "\(.*\)"$/\1/p' "$work/log" | tail -n 1)
[ -n "$monthly" ] || fail "the preview does not say what it costs"
[ -z "$(held)" ] || fail "there are objects at Hetzner"
sed -n 's/^ *\(serverType\|location\) *: "\(.*\)"$/   \1: \2/p' "$work/log" | sort -u
hours=$(awk -v month="${monthly//[!0-9.]/}" 'BEGIN { printf "%.2f", month / 2 * 3 * 3 / 600 }') # 600: Hetzner's months end early
printf '   Two servers are %s a month, without VAT. Three of them for three hours, which this may take, are about %s.\n' "$monthly" "$hours"
printf '   This orders them now. They are deleted at the end; when a step fails, you are asked.\n'
asked "Order them?" || fail "you did not say yes"
ordered=yes

begin "From nothing to a cluster in one go (Debian, the upload, kexec, GRUB, the first boot)"
export KLUSTER_TIMINGS=$work/timings
pulumi_quietly up --yes
within 60 "two nodes are Ready" ready 2
demo/timings "$KLUSTER_TIMINGS" | sed 's/^/   /'
log_in
for machine in one two; do
	wanted=$(output machines --json | json 'd[args[0]].system' $machine)
	[ "$(on $machine readlink -f /run/current-system)" = "$wanted" ] || fail "$machine does not run $wanted"
	printf '   %s: %s\n' "$machine" "$(on $machine 'uname -srm; test -d /sys/firmware/efi && echo UEFI || echo BIOS; free -m | sed -n 2p; df -h / | tail -n 1; systemctl is-system-running || true; systemctl --failed --no-legend' | tr '\n' ' ')"
	on $machine ping -6 -c 1 -W 5 fe80::1%"$(on $machine "ip -o -6 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1")" >>"$work/log" 2>&1 ||
		printf '   %s: no answer from the IPv6 gateway\n' "$machine"
done
ok "both run their systems from their own disks"
unchanged

begin "No secret is in plain text in the state"
if grep -rqE 'PRIVATE KEY|client-key-data' "$work/state"; then fail "a private key is readable in $work/state"; fi
if grep -rqF "$HCLOUD_TOKEN" "$work/state" "$work/log" "$stack_file"; then fail "the token is readable in $work"; fi
ok "neither a private key nor the token is readable"

begin "WireGuard between them"
for pair in "one 10.65.0.12" "two 10.65.0.11"; do
	read -r machine peer <<<"$pair"
	within 60 "$machine has shaken hands" on "$machine" "wg show wg0 latest-handshakes | awk '{ exit \$2 == 0 }'"
	on "$machine" "ping -c 1 -W 5 -M do -s 1342 $peer" >>"$work/log" 2>&1 || fail "$machine: 1370 bytes do not pass to $peer"
done
ok "the largest packet passes unbroken"

begin "Who may come in"
public=$(address one)
for port in 22 6443; do open_port "$public" $port || fail "port $port of $public is closed for this box"; done
for port in 2379 10250; do if open_port "$public" $port; then fail "port $port of $public is open"; fi; done
rules=$(api GET "/firewalls?name=kluster-$stack" | json '[...new Set(d.firewalls[0].rules.flatMap((r) => r.source_ips))].sort().join(" ")')
wanted=$(pulumi config --stack "$stack" --json | json 'const v = d["kluster:access"]; [...(v.objectValue ?? JSON.parse(v.value))].sort().join(" ")')
[ "$rules" = "$wanted" ] || fail "Hetzner's firewall lets in $rules, and not $wanted"
ok "SSH and the API, from $wanted"

begin "Pods, a Service by its name, logs; the metadata service is not for pods"
if ! skipped pods; then
	on one timeout 5 bash -c "'exec 3<>/dev/tcp/169.254.169.254/80'" || fail "the machine does not reach the metadata service"
	reach_service
	quietly cluster run curious --image=docker.io/library/busybox --restart=Never --command -- sh -c 'wget -T 5 -qO- http://169.254.169.254/ && echo reached || echo refused'
	within 120 "a pod does not reach the metadata service" refused
	quietly cluster delete deployment/hello service/hello pod/visitor pod/curious
fi

begin "A hard reset of both servers"
boot_one=$(on one cat /proc/sys/kernel/random/boot_id) boot_two=$(on two cat /proc/sys/kernel/random/boot_id)
for machine in one two; do quietly api POST "/servers/$(server $machine)/actions/reset"; done
within 300 "one has booted again" rebooted one "$boot_one"
within 300 "two has booted again" rebooted two "$boot_two"
within 400 "both nodes are Ready again" ready 2
unchanged

begin "Another type, in place (RESCALE)"
if [ -z "${RESCALE:-}" ]; then
	printf '   skipped\n'
else
	id=$(server two)
	set_host two server_types "[\"$RESCALE\"]"
	pulumi_quietly up --yes
	[ "$(server two)" = "$id" ] || fail "it is another server"
	[ "$(api GET "/servers/$id" | json 'd.server.server_type.name')" = "$RESCALE" ] || fail "it has another type"
	within 300 "both nodes are Ready" ready 2
	unchanged
fi

begin "up is killed while it orders a third server: cancel and up finish it"
if ! skipped killed; then
	set_host three host 10.64.0.13
	pulumi up --stack "$stack" --yes --skip-preview >>"$work/log" 2>&1 &
	cli=$!
	within 300 "the third server is there" exists three
	kill -KILL $cli
	wait $cli 2>/dev/null || true
	sleep 5 # the provider notices within seconds that its engine is gone
	quietly pulumi cancel --stack "$stack" --yes
	pulumi_quietly up --yes
	[ "$(held | grep -c "^servers kluster-$stack-three ")" = 1 ] || fail "there is not exactly one third server"
	within 300 "three nodes are Ready" ready 3
	unchanged

	begin "A host less"
	remove_host three
	pulumi_quietly up --yes
	if held | grep -q -- "-three"; then fail "something of the third server is left"; fi
	within 60 "two nodes are Ready" ready 2
	unchanged
fi

begin "destroy: refused while the master is protected; then it leaves nothing, and says so"
if pulumi destroy --stack "$stack" --yes >>"$work/log" 2>&1; then fail "the protected master was destroyed"; fi
exists two || fail "a destroy that was refused has deleted a server"
quietly pulumi config set --stack "$stack" kluster:protect false
pulumi_quietly up --yes
pulumi_quietly destroy --yes
grep -q "is left at Hetzner, so nothing of $stack costs money any more" "$work/log" || fail "it does not say that nothing is left"
[ -z "$(held)" ] || fail "there is still: $(held)"
if pgrep -f "$PWD/build/provider.js" >/dev/null; then fail "a provider process still runs"; fi
ok "nothing is left"
