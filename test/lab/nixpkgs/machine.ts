import { join } from "node:path";
import { eventually, LabUnderTest, Outcome } from "../machine/lab-under-test";
import { checkoutFolder } from "../../../lab/machine/folders";
import type { Hardware } from "../../../lab/machine/hardware";

const address = "192.168.10.61";

/** Disk image with GPT, a boot partition and a root that holds a folder's content. */
const makeDisk = `
parted --script "$disk" -- mklabel gpt mkpart bios 1MiB 2MiB set 1 bios_grub on mkpart nixos ext4 2MiB 100%
size=$(( ($(stat -c %s "$disk") - 3 * 1048576) / 4096 ))
mkfs.ext4 -qF -L nixos -E offset=2097152 -d "$root" "$disk" "$size"
`;

/** Builds the systems, and a disk that holds them all and boots the first. */
const prepare = `
set -euo pipefail
key=$1 nixFile=$2 address=$3 disk=$4 root=$5 settings=$6
systems=$(nix-instantiate --eval --strict --json --read-write-mode "$nixFile" \\
  --argstr key "$key" --argstr address "$address" --argstr settings "$settings")
nix-store --realise $(grep -o '/nix/store/[^"]*drv' <<< "$systems") > /dev/null 2>&1
paths=$(sed 's/"drvPath":"[^"]*"//g' <<< "$systems" | grep -o '/nix/store/[^"]*')
first=$(sed 's/.*"first":{[^}]*"storePath":"\\([^"]*\\)".*/\\1/' <<< "$systems")
mkdir -p "$root"/{boot,etc/ssh,nix,usr,dev,proc,sys,run,tmp,opt/kluster-lab/toolchain,opt/kluster-lab/guest}
for folder in bin sbin lib lib64; do ln -s usr/$folder "$root/$folder"; done
nix copy --no-check-sigs --to "local?root=$root" $paths 2> /dev/null
touch "$root/etc/NIXOS"
echo "$first" > "$root/boot/lab-entry"
ssh-keygen -q -t ed25519 -N "" -f "$root/etc/ssh/ssh_host_ed25519_key"
${makeDisk}
echo "$systems"
`;

/** A shell command, but for the port at its end, that takes connections until it is ended. */
export const server = `/usr/bin/perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1) or die $!; while ($l->accept) {}'`;

/** What an attempt led to. */
export interface Attempt {
  code: number;
  /** Both outputs. */
  output: string;
  /** Name of the system that runs now, and of the one that the boot entry names. */
  running: string;
  nextBoot: string;
  /** What happened to the probes, sorted, such as "stop plain". */
  events: string[];
  /** What the commands afterwards printed. */
  after: string;
}

export type Systems = Record<string, { drvPath: string; storePath: string }>;

/** A lab machine that runs a system of the lab's nixpkgs, and the other systems it can be switched to. */
export class SwitchableMachine {
  readonly lab = new LabUnderTest();
  readonly hardware: Hardware;
  readonly systems: Systems;

  /** @param settings what some of the systems need, described in systems.nix */
  constructor(settings: Record<string, unknown> = {}) {
    this.lab.must(["up"]);
    const disk = this.lab.image("disk.img");
    const nixFile = join(checkoutFolder(), "test", "lab", "nixpkgs", "systems.nix");
    const root = join(this.lab.folder, "root");
    const words = [this.lab.publicKey(), nixFile, address, disk, root, JSON.stringify(settings)];
    this.systems = JSON.parse(this.lab.must(["run", "--", "bash", "-s", "--", ...words], prepare));
    this.hardware = this.lab.hardware(1, {
      boot: ["disk"],
      drives: [{ port: 0, kind: "disk", file: disk }],
      nics: [{ slot: 2, mac: "08:00:27:00:02:01", attachment: { kind: "bridge", bridge: "lan0" } }],
    });
  }

  async start(): Promise<void> {
    this.lab.machine("start", this.hardware);
    await eventually("SSH of the machine", () => this.ssh("true").code === 0);
    await eventually(
      "the end of its boot",
      () => this.ssh("systemctl is-system-running").stdout.trim() === "running",
    );
  }

  ssh = (command: string): Outcome => this.lab.ssh(address, command);
  must = (command: string): string => this.lab.sshMust(address, command);

  /** A connection from the lab's network to a port of the machine: whether anybody answers within a second. */
  reaches(port: number): boolean {
    const attempt = `exec 3<>/dev/tcp/${address}/${port}`;
    return this.lab.lab(["run", "--", "timeout", "1", "bash", "-c", attempt]).code === 0;
  }

  path = (system: string): string => this.systems[system].storePath;

  /**
   * From the first system, with every unit as it should be and nothing written down, runs a system's
   * switch-to-configuration. All in one session: a connection costs more than what it carries.
   * @param request.before shell commands on the machine just before, `request.after` just after
   * @param request.environment assignments for the program
   */
  attempt(request: {
    system: string;
    action: string;
    before?: string;
    environment?: string;
    after?: string;
  }): Attempt {
    const { system, action, before = ":", environment = "", after = ":" } = request;
    const script = `
      set +e
      ${this.reset}
      { ${before}
      } >/dev/null 2>&1
      ${environment} ${this.path(system)}/bin/switch-to-configuration ${action} >/run/output 2>&1
      echo "code=$?"
      echo "running=$(readlink -f /run/current-system)"
      echo "nextBoot=$(cat /boot/lab-entry)"
      echo "events=$(sort /run/probe 2>/dev/null | paste -sd,)"
      echo "after=$({ ${after}
      } 2>&1)"
      echo "output="
      cat /run/output`;
    const answer = this.must(script);
    const field = (name: string, end: string) => answer.split(`\n${name}=`)[1].split(`\n${end}=`)[0];
    return {
      code: Number(answer.match(/^code=(.*)$/m)![1]),
      running: this.nameOf(field("running", "nextBoot")),
      nextBoot: this.nameOf(field("nextBoot", "events")),
      events: field("events", "after").split(",").filter(Boolean),
      after: field("after", "output"),
      output: answer.split("\noutput=\n")[1] ?? "",
    };
  }

  private get reset(): string {
    return `
      rm -f /run/nixos/*-list
      systemctl reset-failed
      ${this.path("first")}/bin/switch-to-configuration switch >/dev/null 2>&1
      rm -f /run/probe`;
  }

  private nameOf(path: string): string {
    return Object.keys(this.systems).find((name) => this.path(name) === path) ?? path;
  }
}
