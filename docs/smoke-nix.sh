#!/usr/bin/env bash
# docs/smoke-nix.sh: shows with the real nixpkgs what the rehearsal lab cannot show (docs/verified.md).
#
# Evaluates and builds, with the pinned nixpkgs, the NixOS systems of every shipped example and the installer for kexec, and
# prints what each takes: seconds, memory, and the size of what is sent to a machine. It needs Nix, Node.js with npm, and
# the internet; no Pulumi, VirtualBox, account or root. Nothing runs of what is built, and no setting of the box is changed:
# results stay in the Nix store until its next garbage collection. The first step that does not hold ends the run. An hour,
# 10 GB of disk and 4 GB of memory, mostly for the installer, which is in no cache.
#
#   docs/smoke-nix.sh                            all of it
#   SKIP="build" docs/smoke-nix.sh               without some: build, modules (of docs/guide/modules.md), installer
#   KLUSTER_NIXPKGS=/path docs/smoke-nix.sh      with that tree of nixpkgs instead of the pin
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. docs/smoke-common.sh
# shellcheck disable=SC2016 # programs of Node and Nix have their own $

left() {
	local code=$?
	trap - EXIT
	if [ $code -eq 0 ]; then
		rm -rf "$work"
		printf '\nAll %d steps passed.\n' "$step"
	else
		printf '\nThe log: %s; what was evaluated: %s/*.json\n' "$work/log" "$work" >&2
	fi
	exit $code
}
trap left EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

megabytes() { awk '{ sum += $1 } END { printf "%d", sum / 1000000 }'; } # of bytes, a number a line
closure() { nix-store --query --requisites "$@" | xargs nix-store --query --size | megabytes; } # PATH…: all of them together

rows=()
row() { rows+=("$(printf '%-34s %8s %10s %12s' "$@")"); } # WHAT SECONDS MEMORY SIZE

# evaluate NAME FILE: what nix/FILE makes of NAME-facts.json goes to NAME.json, with the derivations in the store.
evaluate() {
	local began=$SECONDS statistics=$work/$1-statistics.json
	printf '$ evaluating nix/%s for %s\n' "$2" "$1" >>"$work/log"
	# Nix's heap begins at a quarter of the box's memory, if nothing is said: then it would tell nothing.
	GC_INITIAL_HEAP_SIZE=33554432 NIX_SHOW_STATS=1 NIX_SHOW_STATS_PATH=$statistics nix-instantiate --eval --strict --json --read-write-mode --show-trace "nix/$2" \
		--argstr facts "$work/$1-facts.json" "${nixpkgs[@]}" >"$work/$1.json" 2>>"$work/log" ||
		fail "nix/$2 does not evaluate for $1: $(grep -E '^ *error:' "$work/log" | tail -n 3)"
	row "$1: evaluation" "$((SECONDS - began))" "$(json 'd.gc.heapSize' <"$statistics" | megabytes) MB" ""
}

# realise NAME: builds what was evaluated, each by itself, and adds all of it up.
realise() {
	local name derivation began paths=()
	if skipped build; then return; fi
	while read -r name derivation; do
		began=$SECONDS
		quietly nix-store --realise "$derivation" --add-root "$work/roots/$1-$name"
		paths+=("$(readlink -f "$work/roots/$1-$name")")
		row "$1: $name" "$((SECONDS - began))" "" "$(closure "${paths[-1]}") MB"
	done < <(json 'Object.entries(d).map(([name, { drvPath }]) => `${name} ${drvPath}`).join("\n")' <"$work/$1.json")
	[ ${#paths[@]} -lt 2 ] || row "$1: all together" "" "" "$(closure "${paths[@]}") MB"
	ok "$1: built"
}

begin "What this box has"
for program in nix-instantiate nix-store node npm; do
	command -v $program >/dev/null || fail "$program is not on PATH"
done
minimum=$(json d.minimumNix <nix/nixpkgs.json)
version=$(nix-instantiate --version | grep -oE '[0-9]+(\.[0-9]+)+')
if [ -z "${KLUSTER_NIXPKGS:-}" ]; then
	[ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" = "$minimum" ] || fail "Nix is $version; the pinned nixpkgs needs $minimum"
fi
printf '   Nix %s, Node %s, %s processors, %s GB of memory, Linux %s\n' "$version" "$(node --version)" "$(nproc)" \
	"$(awk '/^MemTotal:/ { print int($2 / 1000000) }' /proc/meminfo)" "$(uname -r)"
[ -d node_modules ] || quietly npm ci
mkdir "$work/roots"

begin "The pinned nixpkgs"
nixpkgs=()
if [ -n "${KLUSTER_NIXPKGS:-}" ]; then
	[ -e "$KLUSTER_NIXPKGS/nixos/lib/eval-config.nix" ] || fail "KLUSTER_NIXPKGS is $KLUSTER_NIXPKGS, in which there is no nixos/lib/eval-config.nix: it must be a tree of nixpkgs"
	source=$(realpath "$KLUSTER_NIXPKGS")
	nixpkgs=(--arg nixpkgs "$source")
	ok "not asked for: KLUSTER_NIXPKGS is $KLUSTER_NIXPKGS"
else
	began=$SECONDS
	source=$(nix-instantiate --eval --strict --json --read-write-mode -E 'with builtins.fromJSON (builtins.readFile ./nix/nixpkgs.json);
		"${fetchTarball { inherit url sha256; }}"' 2>>"$work/log" | tr -d '"') || fail "it cannot be had: $(tail -n 3 "$work/log")"
	row "nixpkgs: download" "$((SECONDS - began))" "" ""
	ok "the publisher's archive has the hash that is pinned"
fi

begin "The options that nix/ sets"
options=$(node -p 'Object.keys(JSON.parse(fs.readFileSync("nix/options.json"))).map((name) => JSON.stringify(name)).join(" ")')
nix-instantiate --eval --strict --json test/lab/nixpkgs/options.nix --arg names "[ $options ]" --arg nixpkgs "$source" >"$work/options.json" 2>>"$work/log" ||
	fail "the options cannot be asked for: $(tail -n 3 "$work/log")"
others=$(json 'const table = JSON.parse(fs.readFileSync("nix/options.json"));
	Object.entries(d).filter(([name, type]) => type !== table[name].type).map(([name, type]) => `${name}: ${type}`).join("\n")' <"$work/options.json")
[ -z "$others" ] || fail "these have other types than nix/options.json says:"$'\n'"$others"
ok "each has the type that nix/options.json says"

# The facts of each example, as the program would write them; their keys are made up.
examples=$(node --require ./setup/typescript.js -e '
	const { examples } = require("./test/nix/examples.ts"), { url, sha256 } = require("./nix/nixpkgs.json");
	const [folder] = process.argv.slice(1);
	examples.forEach(({ what, facts }, at) => {
		fs.writeFileSync(`${folder}/example-${at + 1}-facts.json`, JSON.stringify({ ...facts(), nixpkgs: { url, sha256 } }));
		console.log(`example-${at + 1} ${what}`);
	});
' "$work")
while read -r name what; do
	begin "The systems of $what"
	evaluate "$name" default.nix
	ok "$(json 'Object.keys(d).join(", ")' <"$work/$name.json") evaluated"
	realise "$name"
done <<<"$examples"

begin "The modules of the guide"
if ! skipped modules; then
	# Those that are whole: the others wait for names and hashes of the reader's.
	mkdir "$work/modules"
	awk -v folder="$work/modules" '/^```nix$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print >(folder "/" n ".nix") }' docs/guide/modules.md
	grep -lE '<commit>|<hash>|kluster\.secrets|pkgs\.wifi' "$work"/modules/*.nix | xargs -r rm
	node -e '
		const [from, to, folder] = process.argv.slice(1), facts = JSON.parse(fs.readFileSync(from));
		facts.cluster.modules = fs.readdirSync(folder).map((name) => `${folder}/${name}`);
		fs.writeFileSync(to, JSON.stringify(facts));
	' "$work/example-1-facts.json" "$work/modules-facts.json" "$work/modules"
	evaluate modules default.nix
	ok "$(find "$work/modules" -type f | wc -l) modules evaluated, all on each machine of the shipped inventory"
fi

begin "The installer for kexec"
if ! skipped installer; then
	cp "$work/example-1-facts.json" "$work/kexec-facts.json"
	evaluate kexec kexec-installer.nix
	realise kexec
	if ! [[ " ${SKIP:-} " == *" build "* ]]; then
		tree=$(readlink -f "$work/roots/kexec-installer")
		for file in kernel initrd command-line kexec; do [ -s "$tree/$file" ] || fail "$tree has no $file"; done
		grep -q 'root=' "$tree/command-line" || fail "there is no root= in $tree/command-line: the installer would need twice the memory"
		row "kexec: kernel and initrd" "" "" "$(stat -Lc %s "$tree/kernel" "$tree/initrd" | megabytes) MB"
		ok "kernel, initrd, command line and kexec are there"
	fi
fi

begin "What it took"
printf '   %-34s %8s %10s %12s\n' what seconds memory "on a machine"
printf '   %s\n' "${rows[@]}"
