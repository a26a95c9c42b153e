#!/usr/bin/env bash
# docs/smoke-virtualbox.sh: shows on a box with VirtualBox what the rehearsal lab cannot show (docs/verified.md).
#
# Makes a cluster of its own (stack "smoke": two machines on the host-only network 192.168.57.0/24, Pulumi's state in a
# temporary folder), changes it, breaks it, repairs it and destroys it. Your own stacks and machines are not touched.
# It needs what docs/guide/virtualbox.md asks for, with 5 GB of free memory, and kubectl and ssh besides; the first run
# downloads several GB. Every step says what it expects; the first that fails ends the run and leaves everything as it is.
#
#   docs/smoke-virtualbox.sh                all steps
#   SKIP="pods" docs/smoke-virtualbox.sh    without some: pods (pulls images), disk, address
#   BASE=FILE docs/smoke-virtualbox.sh      begins with the settings of that stack file (another nixpkgs, say)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. docs/smoke-common.sh

left() {
	local code=$?
	if [ -n "${SSH_AGENT_PID:-}" ]; then ssh-agent -k >/dev/null; fi
	if [ $code -eq 0 ]; then
		rm -rf "$work"
		printf '\nAll %d steps passed.\n' "$step"
	else
		cat >&2 <<END

Everything was left as it is. To look further:
  export PULUMI_BACKEND_URL=$PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE=smoke PULUMI_OPTION_CONFIG_FILE=$stack_file
  less $work/log; pulumi stack --stack $stack; VBoxManage list --long vms
To take it down:
  pulumi destroy --stack $stack --yes && rm -r $work
END
	fi
}
trap left EXIT
vm() { VBoxManage list vms | sed -n "s/^\"kluster-$stack-$1\" {\(.*\)}\$/\1/p"; }
info() { VBoxManage showvminfo "$(vm "$1")" --machinereadable | sed -n "s/^$2=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p"; }
exists() { [ -n "$(vm "$1")" ]; }

begin "What this box has"
for program in VBoxManage pulumi nix nix-instantiate node npm ssh ssh-agent kubectl; do
	command -v $program >/dev/null || fail "$program is not on PATH"
done
printf '   VirtualBox %s, %s, Node %s, Pulumi %s, Linux %s\n' "$(VBoxManage --version | tail -n 1)" "$(nix --version)" \
	"$(node --version)" "$(pulumi version)" "$(uname -r)"
[ -d node_modules ] || quietly npm ci
before=$(VBoxManage list vms | sort)
networks_before=$(VBoxManage list hostonlyifs | sed -n 's/^Name: *//p')
printf '[kluster]\nmaster = "one"\n' >"$inventory"
set_host one host 192.168.57.11
set_host two host 192.168.57.12
if [ -n "${BASE:-}" ]; then grep -v '^encryptionsalt:' "$BASE" >"$stack_file"; fi
quietly pulumi stack init --no-select "$stack" # yours stays selected
for setting in "inventory $inventory" "network 192.168.57.0/24" "adapter hostonly"; do
	quietly pulumi config set --stack "$stack" "kluster:${setting%% *}" "${setting#* }"
done
ok "everything is there"

begin "A preview makes nothing"
pulumi_quietly preview
[ "$(VBoxManage list vms | sort)" = "$before" ] || fail "there are other machines than before"
ok "no machine was made"

begin "From nothing to a cluster in one go (the typed line, the installation, GRUB, the first boot)"
export KLUSTER_TIMINGS=$work/timings
pulumi_quietly up --yes
within 60 "two nodes are Ready" ready 2
demo/timings "$KLUSTER_TIMINGS" | sed 's/^/   /'
log_in
for machine in one two; do
	[ "$(info $machine boot1)" = disk ] || fail "$machine does not boot from its disk first"
	[ "$(VBoxManage showvminfo "$(vm $machine)" --machinereadable | grep -cE '^"SATA-[0-9]+-0"="/')" = 1 ] || fail "$machine has more than its disk"
	wanted=$(output machines --json | json 'd[args[0]].system' $machine)
	[ "$(on $machine readlink -f /run/current-system)" = "$wanted" ] || fail "$machine does not run $wanted"
	printf '   %s: %s\n' "$machine" "$(on $machine 'uname -srm; systemctl is-system-running || true; systemctl --failed --no-legend' | tr '\n' ' ')"
done
ok "both run their systems from their own disks"
unchanged

begin "No secret is in plain text in the state"
if grep -rqE 'PRIVATE KEY|client-key-data' "$work/state"; then fail "a private key is readable in $work/state"; fi
ok "no private key is readable"

begin "Pods, a Service by its name, logs"
if ! skipped pods; then
	reach_service
	quietly cluster delete deployment/hello service/hello pod/visitor
fi

begin "A hard reset of both machines"
boot_one=$(on one cat /proc/sys/kernel/random/boot_id) boot_two=$(on two cat /proc/sys/kernel/random/boot_id)
for machine in one two; do quietly VBoxManage controlvm "$(vm $machine)" reset; done
within 300 "one has booted again" rebooted one "$boot_one"
within 300 "two has booted again" rebooted two "$boot_two"
within 400 "both nodes are Ready again" ready 2
unchanged

begin "More memory: in place, with a power cycle (ACPI power button)"
uuid=$(vm two)
set_host two memory 2560
pulumi_quietly up --yes
[ "$(vm two)" = "$uuid" ] && [ "$(info two memory)" = 2560 ] || fail "it is another machine, or has other memory"
within 300 "both nodes are Ready" ready 2

begin "A larger disk, used by its file system"
if ! skipped disk; then
	set_host two disk 18432
	pulumi_quietly up --yes
	within 300 "the file system has more than 16.5 GB" on two 'test "$(df --output=size -BM / | tail -n 1 | tr -dc 0-9)" -gt 16500'
	within 300 "both nodes are Ready" ready 2
fi

begin "Another address: in place"
if ! skipped address; then
	set_host two host 192.168.57.22
	pulumi_quietly up --yes
	log_in
	within 120 "it answers there with the same host key" on two true
	[ "$(vm two)" = "$uuid" ] || fail "it is another machine"
	within 300 "both nodes are Ready" ready 2
fi

begin "Powered off by hand: refresh finds it, up starts it"
quietly VBoxManage controlvm "$uuid" poweroff
pulumi_quietly refresh --yes
pulumi_quietly up --yes
[ "$(info two VMState)" = running ] || fail "it does not run"
within 300 "both nodes are Ready" ready 2

begin "up is killed while it makes a third machine: cancel and up finish it"
set_host three host 192.168.57.13
pulumi up --stack "$stack" --yes --skip-preview >>"$work/log" 2>&1 &
cli=$!
within 300 "the third machine is there" exists three
kill -KILL $cli
wait $cli 2>/dev/null || true
sleep 5 # the provider notices within seconds that its engine is gone
quietly pulumi cancel --stack "$stack" --yes
pulumi_quietly up --yes
[ "$(VBoxManage list vms | grep -c "kluster-$stack-three")" = 1 ] || fail "there is not exactly one third machine"
within 300 "three nodes are Ready" ready 3

begin "destroy leaves nothing"
pulumi_quietly destroy --yes
[ "$(VBoxManage list vms | sort)" = "$before" ] || fail "there are other machines than before"
if VBoxManage list hdds | grep -q "kluster-$stack-"; then fail "a disk is still registered"; fi
[ "$(VBoxManage list hostonlyifs | sed -n 's/^Name: *//p')" = "$networks_before" ] || fail "there are other host-only networks than before"
if pgrep -f "$PWD/build/provider.js" >/dev/null; then fail "a provider process still runs"; fi
ok "no machine, disk, network or process is left"
