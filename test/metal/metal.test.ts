import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { OVERHEAD } from "../../components/wireguard";
import { generateSshKeyPair } from "../../provider/keys";
import { hardware, requireMemory } from "../../provider/nixos/hardware";
import { installSystem, InstallPlan, prepareDisk, rootPartition } from "../../provider/nixos/install";
import { startInstaller } from "../../provider/nixos/kexec";
import { probe, Probe } from "../../provider/nixos/probe";
import { Scripts } from "../../provider/nixos/scripts";
import { connect, Login, Session, SshError, waitForSsh } from "../../provider/ssh";
import { bootInstaller } from "../../provider/virtualbox/installer-boot";
import { seedDisk } from "../../provider/virtualbox/seed";
import { Accelerator, Firmware, Guest, MAC, SATA_DISK, SCSI_DISK, SEED_ADDRESS } from "./guest";
import { typingBy } from "./keyboard";

const folder = process.env.KLUSTER_METAL!; // test/metal/run: kernel and initrd are there, and everything else goes there
const accelerator = process.env.KLUSTER_METAL_ACCELERATOR as Accelerator;

/** Milliseconds. A guest without a processor of its own, on a box that others use: what hangs is stopped all the same. */
const BOOT = 900_000;
const COMMAND = 300_000;
/** A kernel that reads the installer for kexec does not answer for most of a minute (provider/resources/takeover.ts). */
const KEEPALIVE = 30_000;
const GIGABYTE = 1024 ** 3;
/** Gigabytes that the disk grows to before it boots, from 16. */
const LARGER_DISK = 24;
/** Bytes of the largest packet on Hetzner's private networks (components/hetzner/site.ts). */
const PRIVATE_MTU = 1450;

const scripts = new Scripts(join(__dirname, "../../scripts"));
const operator = generateSshKeyPair("operator");
/** The machine's key in the installer and on its disk, as on VirtualBox; at Hetzner that of the stock system. */
const firstKey = generateSshKeyPair("first");
/** Its key from the kexec on. */
const lastingKey = generateSshKeyPair("lasting");
const file = (name: string) => join(folder, name);

let guest: Guest | undefined;
let session: Session;
let before: Probe;

const login = (key: { publicKey: string }, port: number): Login => ({
  address: "127.0.0.1",
  port,
  user: "root",
  hostKey: key.publicKey,
  privateKey: operator.privateKey,
});

/** Logs in as soon as the machine answers with this host key, whatever answers before. */
function arrive(key: { publicKey: string }): Promise<Session> {
  return waitForSsh(login(key, guest!.ports.dhcp), { deadline: BOOT, grace: BOOT }, (to, options) =>
    connect(to, { ...options, timeout: 60_000, dialTimeout: 10_000, keepalive: KEEPALIVE }),
  );
}

/** Runs shell text on the machine. @returns what it printed; fails with what it said */
async function shell(text: string): Promise<string> {
  const { code, stdout, stderr } = await session.exec(text, { timeout: COMMAND });
  if (code !== 0) throw new Error(`exit code ${code} of ${text}\n${stdout}${stderr}`);
  return stdout.trim();
}

let failed = false;
beforeEach(() => {
  // Each test goes on with what the one before left.
  if (failed) {
    const error = new Error("an earlier test has failed; this one was not tried");
    error.stack = error.message; // where that is said tells nobody anything
    throw error;
  }
  failed = true;
});
/** Says that a test has come to its end: the next may be tried. */
const passed = () => (failed = false);

/** Cuts the machine's power; says what stood on its console, if a test has failed on it. */
async function stop(): Promise<void> {
  if (failed && guest) console.error(`the last lines of the guest's console:\n${guest.lastWords()}`);
  session?.close();
  await guest?.stop();
  guest = undefined;
}

function disk(name: string, bytes: number): string {
  writeFileSync(file(name), "");
  truncateSync(file(name), bytes);
  return file(name);
}

const plan: InstallPlan = {
  disk: SCSI_DISK,
  rootUuid: "0b9f3a52-7d3c-4d8e-9a30-5f0b7c1d2e3f",
  storePath: "/nix/store/00000000000000000000000000000000-nixos-system",
  identity: "this very machine",
  hostPrivateKey: firstKey.privateKey,
  secretFiles: [{ secret: "token", path: "/var/lib/kluster/token", uid: 0, gid: 0, mode: "0400" }],
  secrets: { token: "s3cret" },
};

/** The tree of nix/kexec-installer.nix, on a medium that is no disk. */
function installerMedium(): string {
  const tree = file("tree");
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  copyFileSync(file("kernel"), join(tree, "kernel"));
  copyFileSync(file("initrd"), join(tree, "initrd"));
  symlinkSync("/usr/sbin/kexec", join(tree, "kexec"));
  writeFileSync(join(tree, "command-line"), COMMAND_LINE);
  const medium = disk("installer.img", GIGABYTE / 2);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-b", "4096", "-d", tree, medium]);
  rmSync(tree, { recursive: true });
  return medium;
}

/** root= as NixOS's installer has it: without it the kernel's first root takes half of the memory at most. */
const COMMAND_LINE =
  "root=fstab console=tty0 console=ttyS0 panic=30 systemd.firstboot=off systemd.default_device_timeout_sec=600";

beforeAll(() => {
  disk("scsi.img", 16 * GIGABYTE);
  disk("sata.img", 16 * GIGABYTE);
  installerMedium();
});

afterAll(() => {
  for (const name of ["scsi.img", "sata.img", "seed.img", "installer.img"])
    rmSync(file(name), { force: true });
});

describe("In an installer, which runs in memory", () => {
  afterAll(stop);

  test("the line that is typed at the console makes it answer with the pinned host key, at its address", async () => {
    const values = {
      authorizedKeys: [operator.publicKey],
      hostKey: firstKey.privateKey,
      clusterMac: MAC,
      address: SEED_ADDRESS,
      prefixLength: 24,
    };
    writeFileSync(file("seed.img"), seedDisk(values, await scripts.text("seed.sh")));
    guest = await Guest.start({
      ...{ folder, name: "1-installer", accelerator, firmware: "bios", scsi: file("scsi.img") },
      sata: [file("sata.img"), file("seed.img")],
      direct: { kernel: file("kernel"), initrd: file("initrd"), commandLine: COMMAND_LINE },
    });
    const typist = typingBy(guest.qmp);
    await bootInstaller(typist, "guest", {
      deadline: BOOT,
      interval: 5_000,
      answers: async () => {
        try {
          const to = login(firstKey, guest!.ports.seed);
          session = await connect(to, { timeout: 30_000, dialTimeout: 5_000, keepalive: KEEPALIVE });
          return true;
        } catch (error) {
          if (error instanceof SshError) return false;
          throw error;
        }
      },
    });
    expect(await shell("cat /root/.ssh/authorized_keys")).toBe(operator.publicKey.trim());
    passed();
  });

  test("probe.sh sees that it is one, and hardware.sh refuses to choose between disks", async () => {
    expect(await probe(scripts, session, rootPartition(SCSI_DISK))).toMatchObject({
      installer: true,
      onDisk: false,
      identity: "",
    });
    await expect(hardware(scripts, session)).rejects.toThrow(/with 3 disks here/);
    passed();
  });

  test.each([
    ["SATA", SATA_DISK],
    ["virtio-scsi", SCSI_DISK],
  ])("prepare-disk.sh lays a disk out at %s and mounts it, twice", async (_bus, path) => {
    await prepareDisk(scripts, session, { ...plan, disk: path });
    await prepareDisk(scripts, session, { ...plan, disk: path }); // as after a run that was killed
    const [root, esp] = ["/mnt", "/mnt/boot/efi"].map((mount) => `findmnt -no SOURCE,FSTYPE ${mount}`);
    const devices = await shell(`readlink -f ${path}-part3; readlink -f ${path}-part2; ${root}; ${esp}`);
    const [rootDevice, espDevice, rootMount, espMount] = devices.split("\n");
    expect([rootMount, espMount]).toEqual([
      expect.stringMatching(`^${rootDevice} +ext4$`),
      expect.stringMatching(`^${espDevice} +vfat$`),
    ]);
    expect(await shell(`blkid -s UUID -o value ${rootDevice}`)).toBe(plan.rootUuid);
    expect(await shell(`parted -sm ${path} print`)).toMatch(/bios_grub;[^]*boot, esp;/);
    passed();
  });

  test("install-system.sh leaves a disk with the host key, the secrets and the mark, unmounted", async () => {
    // Two disks with one UUID would leave it to chance which of them boots.
    await shell(`wipefs -aq ${SATA_DISK}-part3 ${SATA_DISK}`);
    await installSystem(scripts, session, plan, () => {});
    expect(await shell("findmnt -n /mnt || echo unmounted")).toBe("unmounted");
    passed();
  });
});

describe.each<[Firmware]>([["bios"], ["uefi"]])("From the disk, by %s", (firmware) => {
  afterAll(stop);

  test("GRUB starts the system, and the kernel finds the root by its UUID", async () => {
    truncateSync(file("scsi.img"), LARGER_DISK * GIGABYTE);
    guest = await Guest.start({
      ...{ folder, name: `2-disk-${firmware}`, accelerator, firmware, scsi: file("scsi.img") },
      cdrom: file("installer.img"),
    });
    session = await arrive(firstKey);
    before = await probe(scripts, session, rootPartition(SCSI_DISK));
    expect(before).toMatchObject({ installer: false, onDisk: true, identity: plan.identity });
    expect(await shell("test -d /sys/firmware/efi && echo uefi || echo bios")).toBe(firmware);
    expect(await shell("stat -c '%a %U %G' /var/lib/kluster/token; cat /var/lib/kluster/token")).toBe(
      "400 root root\ns3cret",
    );
    expect(await shell("findmnt -no FSTYPE /boot/efi")).toBe("vfat");
    passed();
  });

  if (firmware === "bios")
    test("the root grows to a larger disk while it is in use", async () => {
      const size = async () => Number(await shell("df -B1 --output=size / | tail -n 1")) / GIGABYTE;
      expect(await size()).toBeLessThan(16);
      // As NixOS's boot.growPartition and autoResize do.
      await shell(`growpart "$(readlink -f ${SCSI_DISK})" 3 && /usr/lib/systemd/systemd-growfs /`);
      expect(await size()).toBeGreaterThan(LARGER_DISK - 1);
      passed();
    });

  test("kexec.sh starts the installer, which answers with the key of its seed and the addresses in it", async () => {
    const found = await hardware(scripts, session);
    expect(found).toMatchObject({ disk: SCSI_DISK, publicMac: MAC, bootId: before.bootId });
    requireMemory("the guest", found);
    const tree = "/nix/store/00000000000000000000000000000000-kluster-kexec-installer";
    await shell(`mkdir -p ${tree} && mount -o ro /dev/sr0 ${tree}`);
    await startInstaller(scripts, session, tree, {
      ...{ authorizedKey: operator.publicKey, hostPrivateKey: lastingKey.privateKey },
      ...{ publicMac: found.publicMac, ipv6: "2001:db8:1:2::1/64" },
    });
    session.close();
    session = await arrive(lastingKey);
    const after = await probe(scripts, session, rootPartition(SCSI_DISK));
    expect(after).toMatchObject({ installer: true, onDisk: false });
    expect(after.bootId).not.toBe(before.bootId);
    // The same disk by the same path: the only one, now that nothing runs from it.
    expect(await hardware(scripts, session)).toMatchObject({ disk: SCSI_DISK, publicMac: MAC });
    expect(await shell("ip -6 -o address show scope global")).toContain("2001:db8:1:2::1/64");
    expect(await shell("ip -6 route show default")).toContain("via fe80::1");
    passed();
  });

  test("no copy of the seed's key is left on the disk", async () => {
    await shell(`mount -o ro ${rootPartition(SCSI_DISK)} /mnt`);
    expect(await shell("ls /mnt/var/lib /mnt/run")).not.toMatch(/initrd|seed/);
    await shell("umount /mnt");
    passed();
  });

  if (firmware === "bios")
    test.each([
      ["IPv6, exactly", "fd00:1::1", "fd00:1::2", 0],
      ["IPv4, with 20 bytes to spare", "10.1.0.1", "10.1.0.2", 20],
    ])("WireGuard's largest packet passes a private network unbroken by %s", async (_by, one, two, spare) => {
      const largest = PRIVATE_MTU - OVERHEAD + spare;
      const headers = 28; // IPv4 and ICMP, of a ping inside
      await shell(tunnel(one, two, largest));
      const ping = (bytes: number) =>
        `ip netns exec one ping -c 1 -W 20 -M do -s ${bytes - headers} 10.9.0.2`;
      await shell(ping(100)); // the handshake comes before it
      /** Fragments that a packet of this size arrives in, 0 for one that is whole. */
      const fragments = async (bytes: number) => {
        const count = () =>
          shell(
            "ip netns exec two nstat -asz IpReasmReqds Ip6ReasmReqds | awk 'NR > 1 { n += $2 } END { print n }'",
          );
        const already = Number(await count());
        await shell(ping(bytes));
        return Number(await count()) - already;
      };
      expect(await fragments(largest)).toBe(0);
      await expect(shell(ping(largest + 1))).rejects.toThrow(/message too long/i);
      // The network would break one that is larger: that is why the interface may not take it.
      await shell("ip -n one link set wg0 mtu 1500; ip -n two link set wg0 mtu 1500");
      expect(await fragments(largest + 1)).toBeGreaterThan(0);
      passed();
    });
});

/** Two ends of a private network, in network namespaces, and WireGuard between them as nix/wireguard.nix sets it up. */
const tunnel = (one: string, two: string, mtu: number) => `
set -eu
for end in one two; do ip netns del $end 2>/dev/null || true; ip netns add $end; done
ip link add wire netns one mtu ${PRIVATE_MTU} type veth peer name wire netns two mtu ${PRIVATE_MTU}
umask 077
for end in one two; do
  wg genkey >/run/$end.key
  wg pubkey </run/$end.key >/run/$end.pub
  ip -n $end link set lo up
  ip -n $end link add wg0 type wireguard
done
ip -n one address add ${one}/${prefix(one)} dev wire
ip -n two address add ${two}/${prefix(two)} dev wire
ip -n one link set wire up
ip -n two link set wire up
end() { # END OTHER INSIDE OTHER-INSIDE OTHER-OUTSIDE
  ip netns exec $1 wg set wg0 listen-port 51820 private-key /run/$1.key peer "$(cat /run/$2.pub)" allowed-ips $4/32 endpoint "$5"
  ip -n $1 address add $3/32 dev wg0
  ip -n $1 link set wg0 mtu ${mtu} up
  ip -n $1 route add $4/32 dev wg0
}
end one two 10.9.0.1 10.9.0.2 '${endpoint(two)}'
end two one 10.9.0.2 10.9.0.1 '${endpoint(one)}'
`;

/** Length of the prefix; no one else can have the address. */
const prefix = (address: string) => (address.includes(":") ? "64 nodad" : "24");
const endpoint = (address: string) => `${address.includes(":") ? `[${address}]` : address}:51820`;
