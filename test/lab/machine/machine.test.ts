import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describeInLab, eventually, LabUnderTest } from "./lab-under-test";
import type { Hardware } from "../../../lab/machine/hardware";

jest.setTimeout(120_000);

const address = "192.168.10.51";
const disk = "/dev/disk/by-path/pci-0000:00:0d.0-ata-1";
const rootUuid = "11111111-2222-4333-8444-555555555555";

/** A system that a machine's disk can hold: systemd, sshd and a fixed address, made by hand. */
const makeSystem = `
mkdir -p /tmp/system/bin
cat >/tmp/system/init <<'END'
#!/bin/sh
cp -r /opt/kluster-lab/guest/installer/etc/. /etc/
[ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
grep -v '^#' /opt/kluster-lab/guest/masked-units | while read -r unit; do
  ln -sfn /dev/null "/etc/systemd/system/$unit"
done
ln -sfn /usr/lib/systemd/system/multi-user.target /etc/systemd/system/default.target
mkdir -p /etc/systemd/system/multi-user.target.wants
for unit in /etc/systemd/system/sshd.service /usr/lib/systemd/system/systemd-networkd.service; do
  ln -sfn "$unit" /etc/systemd/system/multi-user.target.wants
done
sed -i /^VARIANT/d /etc/os-release
printf '[Match]\\nMACAddress=08:00:27:00:02:01\\n[Network]\\nAddress=${address}/24\\n' \\
  >/etc/systemd/network/10-cluster.network
mkdir -p /var/empty
echo "hello from $0"
exec /usr/lib/systemd/systemd
END
cat >/tmp/system/bin/switch-to-configuration <<'END'
#!/bin/sh
set -e
echo "switch-to-configuration $1, boot loader: $NIXOS_INSTALL_BOOTLOADER"
mkdir -p /boot
readlink -f /nix/var/nix/profiles/system >/boot/lab-entry
END
chmod +x /tmp/system/init /tmp/system/bin/switch-to-configuration
nix-store --add /tmp/system
`;

/** What the seed disk of a new machine does; started by a line typed at the console. */
const seedScript = (publicKey: string) => `
mkdir -p -m 700 /root/.ssh
echo '${publicKey}' >/root/.ssh/authorized_keys
interface=$(ip -o link | sed -n 's/^[0-9]*: \\([^@:]*\\).* 08:00:27:00:02:.*/\\1/p')
nmcli device set "$interface" managed no
ip addr replace ${address}/24 dev "$interface"
ip link set "$interface" up
echo seeded
exit 0
`;
const typedLine = "{sudo,sh,/dev/disk/by-path/pci-0000:00:0d.0-ata-2}\n";

describeInLab("a lab machine", () => {
  let lab: LabUnderTest;
  let machine: Hardware;

  beforeAll(() => {
    lab = new LabUnderTest();
    lab.must(["up"]);
    machine = lab.hardware(1, {
      drives: [
        { port: 0, kind: "disk", file: lab.image("disk.img") },
        { port: 1, kind: "disk", file: lab.image("seed.img", seedScript(lab.publicKey())) },
        { port: 2, kind: "dvd", file: lab.installer },
      ],
    });
  });
  afterAll(() => lab.end());

  /** Waits until a test, run on the machine by SSH, succeeds. */
  const answers = (what: string, test: string) => eventually(what, () => lab.ssh(address, test).code === 0);
  const loopDevices = () =>
    execFileSync("losetup", ["--list", "--output", "BACK-FILE"], { encoding: "utf8" });
  const processesInLab = () => lab.must(["run", "--", "ps", "-e", "-o", "args"]);
  const ofMachines = /nspawn|dnsmasq|supervisor/;

  test("with an installer's DVD boots to a shell on the console, from which a key for SSH can be set", async () => {
    lab.machine("start", machine);
    expect(lab.machine("isRunning", machine.uuid)).toBe(true);
    await eventually("the console's prompt", () => lab.console(machine).includes("[nixos@nixos:~]$"));
    expect(lab.ssh(address, "true").code).toBe(255);
    lab.machine("type", machine.uuid, typedLine);
    await answers("SSH", "grep -q ^VARIANT_ID=installer /etc/os-release");
    expect(lab.console(machine)).toContain("seeded");
  });

  test("shows nothing of the box but its programs", () => {
    expect(lab.sshMust(address, "ls -A /nix")).toBe("");
    for (const path of [lab.state, lab.folder, process.cwd()])
      expect(lab.ssh(address, `test -e ${path}`).code).toBe(1);
    expect(lab.sshMust(address, "ls -A /root /home")).toBe("/home:\nnixos\n\n/root:\n.ssh");
    expect(lab.sshMust(address, "hostname")).toBe("nixos");
    expect(lab.sshMust(address, "ls /sys/block | sort")).toBe("sda\nsdb\nsr0");
  });

  test("gets the one address of its NAT network, which leads nowhere and says so at once", async () => {
    await eventually("the lease", () => lab.sshMust(address, "ip -br addr").includes("10.0.2.15/24"));
    expect(lab.sshMust(address, "ip route show default")).toContain("default via 10.0.2.2 dev enp0s3");
    const { code, stderr } = lab.ssh(address, "curl -sS -m 20 http://192.0.2.1/");
    expect([code, stderr]).toEqual([7, expect.not.stringContaining("timed out")]);
  });

  test.each([
    [
      "the kernel settings that kubelet insists on",
      `test "$(cd /proc/sys; cat vm/overcommit_memory kernel/panic kernel/panic_on_oops | xargs)" = "1 10 1"`,
    ],
    ["network settings of its own", "echo 1 >/proc/sys/net/ipv4/ip_forward"],
    ["the kernel's log and tunnels", "test -c /dev/kmsg -a -c /dev/net/tun"],
    ["packet filters", "iptables -t nat -N probe; iptables -t nat -X probe; nft list ruleset; conntrack -L"],
    [
      "VXLAN and bridges",
      "ip link add x type vxlan id 7 dstport 4789; ip link del x; ip link add y type bridge; ip link del y",
    ],
    ["namespaces for containers", "unshare --mount --pid --net --ipc --uts --fork mount -t tmpfs x /mnt"],
    [
      "control groups that can be written",
      "for c in /sys/fs/cgroup/*/; do mkdir ${c}probe; rmdir ${c}probe; done",
    ],
    ["the toolchain", "/opt/kluster-lab/toolchain/bin/kubelet --version"],
  ])("has %s", (_, probe) => {
    expect(lab.ssh(address, probe)).toMatchObject({ code: 0 });
  });

  test("lets its disk be partitioned, formatted and installed by its path", () => {
    const made = lab.ssh(
      address,
      `parted -s ${disk} -- mklabel gpt mkpart bios 1MiB 2MiB set 1 bios_grub on \
         mkpart efi fat32 2MiB 66MiB set 2 esp on mkpart nixos ext4 66MiB 100%
       udevadm settle
       ! mount -t vfat ${disk}-part2 /mnt 2>/dev/null
       mkfs.vfat ${disk}-part2 >/dev/null
       mkfs.ext4 -qF -L nixos -U ${rootUuid} ${disk}-part3
       udevadm settle
       test /dev/disk/by-label/nixos -ef ${disk}-part3
       mount /dev/disk/by-uuid/${rootUuid} /mnt
       mkdir -p /mnt/boot/efi
       mount ${disk}-part2 /mnt/boot/efi
       test "$(findmnt -no SOURCE /mnt/boot/efi)" -ef ${disk}-part2
       ${makeSystem}`,
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const system = made.stdout.trim();
    lab.sshMust(address, `test ! -e /mnt/nix; nix copy --no-check-sigs --to /mnt ${system}`);
    const install = `nixos-install --root /mnt --system ${system} --no-root-passwd --no-channel-copy`;
    expect(lab.sshMust(address, install)).toContain("switch-to-configuration boot, boot loader: 1");
    expect(lab.sshMust(address, "cat /mnt/boot/lab-entry")).toBe(system);
    lab.sshMust(
      address,
      `test -e /mnt/etc/NIXOS
       mkdir -p -m 700 /mnt/root && cp -r /root/.ssh /mnt/root/
       mkdir -p /mnt/etc/ssh && cp /etc/ssh/ssh_host_* /mnt/etc/ssh/
       umount -R /mnt`,
    );
  });

  test("switched off, leaves nothing but its disk", () => {
    lab.machine("powerOff", machine.uuid);
    expect(lab.machine("isRunning", machine.uuid)).toBe(false);
    expect(loopDevices()).not.toContain(lab.folder);
    expect(lab.must(["run", "--", "ip", "-br", "link"])).not.toContain("vm");
    expect(processesInLab()).not.toMatch(ofMachines);
    lab.machine("powerOff", machine.uuid); // is no error
  });

  test("without the DVD boots from its disk the system whose boot entry is there", async () => {
    machine = { ...machine, boot: ["disk"], drives: machine.drives.slice(0, 1) };
    lab.machine("start", machine);
    await answers("SSH of the disk's system", "! grep -q VARIANT_ID /etc/os-release");
    expect(lab.console(machine)).toMatch(/hello from \/nix\/store\/[a-z0-9]{32}-system\/init/);
    expect(lab.sshMust(address, "findmnt -no SOURCE,FSTYPE,UUID /")).toMatch(
      new RegExp(`^/dev/sda3 +ext4 +${rootUuid}$`),
    );
    lab.sshMust(address, `test "$(mountpoint -d /)" = "$(mountpoint -x ${disk}-part3)"`);
    expect(lab.sshMust(address, "systemctl is-system-running --wait || systemctl --failed")).toBe("running");
  });

  test("keeps over a reboot what is on its disk, and nothing else", async () => {
    const boot = lab.sshMust(address, "cat /proc/sys/kernel/random/boot_id");
    lab.sshMust(address, "touch /root/kept /run/lost /tmp/lost; ip addr add 10.9.9.9/32 dev lo");
    lab.ssh(address, "systemctl reboot");
    await answers("SSH after the reboot", `test "$(cat /proc/sys/kernel/random/boot_id)" != ${boot}`);
    lab.sshMust(address, "test -e /root/kept -a ! -e /run/lost -a ! -e /tmp/lost");
    expect(lab.sshMust(address, "ip -br addr show lo")).not.toContain("10.9.9.9");
    expect(lab.machine("isRunning", machine.uuid)).toBe(true);
  });

  test("shuts itself down at the power button", async () => {
    lab.machine("pressPowerButton", machine.uuid);
    await eventually("the end", () => lab.machine("isRunning", machine.uuid) === false);
    expect(lab.console(machine)).toContain("Powering off.");
    expect(() => lab.machine("pressPowerButton", machine.uuid)).toThrow("is not powered on");
  });

  test("boots again after a hard reset", async () => {
    lab.machine("start", machine);
    await answers("SSH", "true");
    const boot = lab.sshMust(address, "cat /proc/sys/kernel/random/boot_id");
    lab.machine("reset", machine.uuid);
    await answers("SSH after the reset", `test "$(cat /proc/sys/kernel/random/boot_id)" != ${boot}`);
    lab.machine("powerOff", machine.uuid);
  });

  test("gives its disks their letters anew at every boot, and their path always", async () => {
    const drives = [0, 1, 2, 3].map((port) => ({
      port,
      kind: "disk" as const,
      file: lab.image(`letters${port}.img`),
    }));
    const other = lab.hardware(2, { drives: [...drives, { port: 4, kind: "dvd", file: lab.installer }] });
    lab.machine("start", other);
    const seen = new Set<string>();
    for (let boots = 0; seen.size < 2 && boots < 8; boots++) {
      const before = boots === 0 ? 0 : lab.console(other).length;
      if (boots > 0) lab.machine("reset", other.uuid);
      const said = () => lab.console(other).slice(before);
      await eventually("the console's prompt", () => said().includes("~]$"));
      lab.machine("type", other.uuid, "readlink /dev/disk/by-path/*\n");
      const letters = await eventually(
        "the letters",
        () => said().match(/(\.\.\/\.\.\/sd[a-d]\s+){4}\.\.\/\.\.\/sr0/)?.[0],
      );
      expect(new Set(letters.match(/sd./g)).size).toBe(4);
      seen.add(letters);
    }
    lab.machine("powerOff", other.uuid);
    expect(seen.size).toBeGreaterThan(1);
  });

  test("with an empty disk and no DVD finds nothing to boot, and stays on", async () => {
    const drives = [{ port: 0, kind: "disk" as const, file: lab.image("empty.img") }];
    const empty = lab.hardware(3, { boot: ["disk"], drives });
    lab.machine("start", empty);
    await eventually("the message", () => lab.console(empty).includes("No bootable medium found"));
    lab.machine("pressPowerButton", empty.uuid);
    expect(lab.must(["status"])).toMatch(/machine3 +on +FATAL: No bootable medium/);
    lab.machine("powerOff", empty.uuid);
  });

  test("tests its memory for ever when a line with spaces reaches the boot menu", async () => {
    const typed = lab.hardware(4, { drives: [{ port: 2, kind: "dvd", file: lab.installer }] });
    lab.menuSeconds = 3600; // until the keys come, however busy the box
    lab.machine("start", typed);
    lab.machine("type", typed.uuid, "sudo sh /dev/sdb\n");
    await eventually("Memtest", () => lab.console(typed).includes("Memtest86+: testing memory"));
    lab.machine("powerOff", typed.uuid);
    lab.menuSeconds = 1;
  });

  test("cannot be switched on twice, at a bridge that is not there, or with an image that is not there", () => {
    const other = lab.hardware(5, { drives: [{ port: 2, kind: "dvd", file: lab.installer }] });
    lab.machine("start", other);
    expect(() => lab.machine("start", other)).toThrow(/machine5 .* is powered on already/);
    lab.machine("powerOff", other.uuid);
    const attachment = { kind: "bridge" as const, bridge: "nobr0" };
    const unplugged = { ...other, nics: [{ slot: 1, mac: "08:00:27:00:00:01", attachment }] };
    expect(() => lab.machine("start", unplugged)).toThrow(/nobr0/);
    const missing = {
      ...other,
      drives: [{ port: 0, kind: "disk" as const, file: `${lab.folder}/missing.img` }],
    };
    expect(() => lab.machine("start", missing)).toThrow(/missing\.img/);
    expect(lab.machine("isRunning", other.uuid)).toBe(false);
    lab.machine("start", other);
    lab.machine("powerOff", other.uuid);
  });

  test("is off, with everything that belonged to it, when its supervisor is killed", async () => {
    lab.machine("start", machine);
    await answers("SSH", "true");
    const found = execFileSync(
      "pgrep",
      ["-f", `^${process.execPath}.*supervisor.js ${lab.state} ${machine.uuid}`],
      {
        encoding: "utf8",
      },
    );
    process.kill(Number(found), "SIGKILL");
    await eventually("the end of its processes", () => !ofMachines.test(processesInLab()));
    await eventually("the release of its disk", () => !loopDevices().includes(lab.folder));
    expect(lab.machine("isRunning", machine.uuid)).toBe(false);
    lab.machine("start", machine);
    await answers("SSH after a new start", "true");
  });

  test("does not outlive a lab whose init is killed, and lab/lab down finds the rest", async () => {
    const init = execFileSync("pgrep", ["-f", `^/bin/bash .*init.sh kluster-lab ${lab.state}$`], {
      encoding: "utf8",
    });
    process.kill(Number(init), "SIGKILL");
    expect(lab.must(["down"])).toContain(lab.state);
    expect(lab.leftovers()).toEqual([]);
    const group = `kluster-lab-${createHash("sha256").update(lab.state).digest("hex").slice(0, 12)}`;
    expect(execFileSync("find", ["/sys/fs/cgroup", "-name", group], { encoding: "utf8" })).toBe("");
    expect(lab.must(["down"])).toContain("nothing was to do");
  });
});
