/**
 * The installer that nix/kexec-installer.nix describes, started by kexec on a lab machine that runs another system: it
 * answers with the keys that came with its initrd, works in memory alone, and puts NixOS on the disk.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkoutFolder } from "../../../lab/machine/folders";
import { InstallerSeed, seedArchive } from "../../../provider/nixos/kexec";
import { describeInLab, eventually } from "../machine/lab-under-test";
import { SwitchableMachine } from "./machine";

jest.setTimeout(180_000);

const script = (name: string) => readFileSync(join(checkoutFolder(), "scripts", name), "utf8");
const rootUuid = "01b3bcba-c0ef-4538-8dd2-f7dee2952320";
const disk = "/dev/disk/by-path/pci-0000:00:0d.0-ata-1";

describeInLab("the installer by kexec", () => {
  const address = "fd00:6b::61";
  let machine: SwitchableMachine;
  let hostKey: string;

  const installer = {
    ssh: (command: string) => machine.lab.ssh(address, command),
    must: (command: string) => machine.lab.sshMust(address, command),
    /** One of scripts/ with its arguments, as the program runs it. */
    run: (name: string, ...words: string[]) =>
      machine.lab.sshMust(address, `set -- ${words.join(" ")}\n${script(name)}`),
  };

  /** What a machine that was taken over gets along, on the card that both ends have an IPv6 address on here. */
  const seed = (): InstallerSeed => ({
    authorizedKey: machine.lab.publicKey(),
    hostPrivateKey: readFileSync(hostKey, "utf8"),
    publicMac: "08:00:27:00:02:01",
    ipv6: `${address}/64`,
  });

  beforeAll(async () => {
    machine = new SwitchableMachine();
    hostKey = join(machine.lab.folder, "host-key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", hostKey]);
    machine.lab.must(["run", "--", "ip", "address", "add", "fd00:6b::1/64", "dev", "lan0", "nodad"]);
    await machine.start();
    const archive = seedArchive(script("kexec-seed.sh"), seed()).toString("base64");
    machine.must(`
      touch /only-on-disk
      base64 -d >/run/seed.cpio <<<${archive}
      set -- ${machine.path("installer")} /run/seed.cpio
      ${script("kexec.sh")}`);
    await eventually("SSH of the installer", () => installer.ssh("true").code === 0);
  });
  afterAll(() => machine?.lab.end());

  test("answers with the host key that it was given, and with no other", () => {
    const keys = machine.lab.must(["run", "--", "ssh-keyscan", "-6", address]);
    const [, , offered] = keys.trim().split("\n").at(-1)!.split(" ");
    expect(readFileSync(`${hostKey}.pub`, "utf8")).toContain(offered);
    expect(installer.must("ls /etc/ssh/ssh_host_*")).toBe("/etc/ssh/ssh_host_ed25519_key");
  });

  test("comes with what starts it alone: the system is in the initrd, and is not sent a second time", () => {
    const closure = machine.lab.must(["run", "--", "nix-store", "-qR", machine.path("installer")]);
    expect(closure).toMatch(/-kexec-tools-/);
    expect(closure).toMatch(/-command-line\n/);
    expect(closure).not.toMatch(/-nixos-system-/);
  });

  test("lets in nobody but who has the key that it was given", () => {
    expect(
      installer.must("cat /etc/ssh/authorized_keys.d/* 2>/dev/null || cat /root/.ssh/authorized_keys"),
    ).toBe(machine.lab.publicKey());
    expect(installer.must("cut -d: -f1,2 /etc/shadow | grep -E '^(root|nixos):' | sort")).toBe(
      "nixos:!\nroot:!",
    );
    const config = installer.must(
      "grep -iE '^(PasswordAuthentication|PermitRootLogin) ' /etc/ssh/sshd_config",
    );
    expect(config.split("\n").sort()).toEqual([
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
    ]);
  });

  test("is an installer, in memory alone, with everything up", async () => {
    expect(installer.must(". /etc/os-release; echo $VARIANT_ID; findmnt -no FSTYPE /")).toBe(
      "installer\ntmpfs",
    );
    expect(installer.ssh("test -e /only-on-disk").code).not.toBe(0);
    await eventually(
      "the end of its boot",
      () => installer.ssh("systemctl is-system-running").stdout.trim() === "running",
    );
    expect(
      installer.must("systemctl is-active kluster-seed sshd systemd-networkd firewall").split("\n"),
    ).toEqual(Array(4).fill("active"));
    expect(installer.must("nix-store --verify --check-contents 2>&1 | grep -c corrupt || true")).toBe("0");
  });

  test("puts a system on the disk, which the machine boots from then on", async () => {
    installer.run("prepare-disk.sh", disk, rootUuid);
    const system = machine.path("second");
    installer.must("mkdir -p /mnt/etc/ssh && cp /etc/ssh/ssh_host_ed25519_key /mnt/etc/ssh/");
    // From the lab's store, by the way that the program takes.
    const copied = machine.lab.lab([
      ...["run", "--", "bash", "-c"],
      `nix-store --export $(nix-store -qR ${system}) |
         ssh -q -F none -i ${machine.lab.key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@${address} \
           nix-store --store /mnt --import >/dev/null`,
    ]);
    expect([copied.code, copied.stderr]).toEqual([0, expect.anything()]);
    installer.run("install-system.sh", system, "this-very-machine");
    installer.ssh("systemctl --no-block reboot");
    await eventually("NixOS from the disk", () => machine.ssh("true").code === 0);
    expect(
      machine.must(`readlink -f /run/current-system; findmnt -no UUID /; cat /var/lib/kluster/identity`),
    ).toBe([system, rootUuid, "this-very-machine"].join("\n"));
  });
});

describeInLab("an installer that nobody has given keys", () => {
  let machine: SwitchableMachine;
  beforeAll(async () => {
    machine = new SwitchableMachine();
    await machine.start();
  });
  afterAll(() => machine?.lab.end());

  test("answers nobody, and a minute later gives the machine back to the system on its disk", async () => {
    const bootId = () => machine.ssh("cat /proc/sys/kernel/random/boot_id").stdout.trim();
    const before = bootId();
    machine.must(`
      tree=${machine.path("installer")}
      $tree/kexec --load $tree/kernel --initrd=$tree/initrd --command-line="$(cat $tree/command-line)"
      systemd-run --quiet --no-block bash -c 'sleep 0.2; exec "$1" --exec' kexec $tree/kexec`);
    const failure = "failed: Keep what came with the initrd";
    const console = () => machine.lab.console(machine.hardware);
    const isAnother = () => !["", before].includes(bootId());
    let answered = false;
    const ends = () => {
      const ended = console().includes(failure); // looked at first: what answers after it is the system on the disk
      answered ||= !ended && isAnother();
      return ended;
    };
    await eventually("the end of its boot", ends, 180);
    expect(answered).toBe(false);
    await eventually("the system on the disk", isAnother, 120);
  });
});
