import { ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { checkoutFolder } from "../../../lab/machine/folders";
import { slotsFor } from "../../../lab/hetzner/lab-servers";
import type { PrivateNic, ServerHardware, ServerSpec } from "../../../lab/hetzner/server-hardware";
import type { Fence, Passage } from "../../../lab/machine/fences";
import { archive } from "./cpio";
import { describeInLab, eventually, LabUnderTest } from "./lab-under-test";

jest.setTimeout(120_000);

const nic = (networkId: number, number: number): PrivateNic => ({
  networkId,
  ip: `10.64.0.${number}`,
  gateway: "10.64.0.1",
  mac: `86:00:00:00:${`${networkId}`.padStart(2, "0")}:${number}`,
});

test("private NICs keep their slots while others come and go", () => {
  expect(slotsFor([nic(7, 11), nic(8, 11)], {})).toEqual({ 7: 2, 8: 3 });
  expect(slotsFor([nic(8, 11)], { 7: 2, 8: 3 })).toEqual({ 8: 3 });
  expect(slotsFor([nic(8, 11), nic(9, 11), nic(10, 11)], { 8: 3 })).toEqual({ 8: 3, 9: 2, 10: 4 });
});

/** Ends well when a TCP connection comes about: `ADDRESS PORT OWN-ADDRESS`. */
const connect = `
const [host, port, localAddress] = process.argv.slice(1);
const socket = require("node:net").connect({ host, port: Number(port), localAddress, timeout: 2000 });
socket.once("connect", () => process.exit(0));
for (const end of ["error", "timeout"]) socket.once(end, () => process.exit(1));
`;

/** The installer's part: takes keys and network from the archive that was added, and answers SSH. */
const installerInit = `#!/bin/sh
cp -r /opt/kluster-lab/guest/installer/etc/. /etc/
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
ln -sfn /proc/mounts /etc/mtab
units=/etc/systemd/system
ln -s /usr/lib/systemd/system/multi-user.target $units/default.target
mkdir -p $units/multi-user.target.wants /var/empty /var/lib
ln -s $units/sshd.service /usr/lib/systemd/system/systemd-networkd.service $units/multi-user.target.wants
grep -v '^#' /opt/kluster-lab/guest/masked-units | while read -r unit; do ln -s /dev/null "$units/$unit"; done
chmod 700 /root
sh /kluster/seed.sh
exec /usr/lib/systemd/systemd
`;

describeInLab("a server of the lab's cloud", () => {
  let lab: LabUnderTest;
  let driver: string;
  let metadata: ChildProcess;
  let spec: ServerSpec;
  const checkout = checkoutFolder();
  const address = "198.51.100.11";
  const bootKey = () => readFileSync(join(lab.folder, "boot-key"), "utf8");

  /** A function of the servers, called in the lab. */
  function server<Name extends keyof ServerHardware>(
    name: Name,
    ...args: Parameters<ServerHardware[Name]>
  ): unknown {
    const words = args.map((arg) => JSON.stringify(arg));
    return JSON.parse(lab.must(["run", "--", process.execPath, driver, lab.state, name, ...words]));
  }
  const answers = (what: string, test: string) => eventually(what, () => lab.ssh(address, test).code === 0);
  const inLab = (command: string) => lab.must(["run", "--", "sh", "-c", command]).trim();
  const bootId = () => lab.sshMust(address, "cat /proc/sys/kernel/random/boot_id");
  const console = () => readFileSync(join(lab.state, "servers", `${spec.id}`, "logs", "console.log"), "utf8");

  /** The fake API's metadata service, as far as the guest asks it. */
  function serveMetadata(): ChildProcess {
    const documents = {
      "/hetzner/v1/metadata/instance-id": `${spec.id}`,
      "/hetzner/v1/metadata/hostname": spec.name,
      "/hetzner/v1/metadata/network-config": [
        "config:",
        `- mac_address: ${spec.public.mac}`,
        "  name: eth0",
        "  subnets:",
        "  - ipv4: true",
        "    type: dhcp",
        "  - address: 2001:db8:c0de:11::1/64",
        "    gateway: fe80::1",
        "    ipv6: true",
        "    type: static",
        "  type: physical",
        "version: 1",
        "",
      ].join("\n"),
      "/hetzner/v1/userdata": spec.userData,
    };
    const program = `require("node:http").createServer((request, response) => {
      const text = ${JSON.stringify(documents)}[request.url];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    }).listen(80, "169.254.169.254")`;
    return runInLab(program);
  }

  /** A program of Node in the lab, until it is killed. */
  const runInLab = (program: string): ChildProcess =>
    spawn(join(checkout, "lab", "lab"), ["run", "--", process.execPath, "-e", program], {
      env: { ...process.env, KLUSTER_LAB_STATE: lab.state },
      stdio: ["ignore", "ignore", "inherit"],
    });

  beforeAll(() => {
    lab = new LabUnderTest();
    driver = join(checkout, "build", "test", `servers-driver-${process.pid}.js`);
    buildSync({
      entryPoints: [join(checkout, "test", "lab", "machine", "servers-driver.ts")],
      bundle: true,
      platform: "node",
      outfile: driver,
    });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(lab.folder, "boot-key")]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(lab.folder, "lasting-key")]);
    lab.must(["up"]);
    spec = {
      id: 4711,
      name: "kluster-hetzner-il",
      memory: 4096,
      cpus: 2,
      disk: 2048,
      public: { mac: "96:00:00:00:00:11", ipv4: address, ipv6: "2001:db8:c0de:11::/64" },
      private: [],
      userData: `#cloud-config\n${JSON.stringify({
        ssh_keys: {
          ed25519_private: bootKey(),
          ed25519_public: readFileSync(join(lab.folder, "boot-key.pub"), "utf8"),
        },
        ssh_authorized_keys: [lab.publicKey()],
        disable_root: false,
        ssh_pwauth: false,
      })}`,
    };
  });
  afterAll(() => {
    metadata?.kill();
    lab.end();
    execFileSync("rm", ["-f", driver]);
  });

  test("boots the stock Debian, which takes its keys from the metadata service", async () => {
    server("create", spec);
    expect(server("isRunning", spec.id)).toBe(false);
    server("powerOn", spec.id);
    server("powerOn", spec.id); // is no error
    await eventually("the lease", () => lab.must(["status"]).includes(`enp1s0 ${address}/32`));
    metadata = serveMetadata();
    await answers("SSH", "grep -q ^ID=debian /etc/os-release");
    expect(lab.sshMust(address, "cat /etc/ssh/ssh_host_ed25519_key")).toBe(bootKey().trim());
    expect(lab.sshMust(address, "hostname")).toBe(spec.name);
    expect(lab.sshMust(address, "systemctl is-system-running --wait || systemctl --failed")).toBe("running");
  });

  test("has what a stock Debian has, and not the box's Nix", () => {
    expect(lab.ssh(address, "nix-store --version")).toMatchObject({ code: 127 });
    expect(lab.ssh(address, "test -e /nix").code).toBe(1);
    expect(lab.sshMust(address, "findmnt -no FSTYPE,LABEL /")).toMatch(/^ext4 +debian$/);
    expect(lab.sshMust(address, "cat /sys/class/net/enp1s0/address")).toBe(spec.public.mac);
  });

  test("reaches the internet's router, which says at once that it knows no way", () => {
    expect(lab.sshMust(address, "ip route show default")).toContain("default via 172.31.1.1 dev enp1s0");
    const { code, stderr } = lab.ssh(address, "curl -sS -m 20 http://192.0.2.1/");
    expect([code, stderr]).toEqual([7, expect.not.stringContaining("timed out")]);
  });

  test("lets through what its fence has a passage for, and all of it without one", async () => {
    const [operator, stranger] = ["198.51.100.1", "198.51.100.2"];
    const reaches = (from: string) =>
      lab.lab(["run", "--", process.execPath, "-e", connect, address, "22", from]).code === 0;
    const goesOut = () => lab.ssh(address, `timeout 3 bash -c '<>/dev/tcp/${operator}/9000'`).code === 0;
    const passage = (ports: string, from: string): Passage => ({ protocol: "tcp", ports, peers: [from] });
    const fence = (parts: Partial<Fence>) =>
      server("fence", [{ server: spec.id, addresses: [address, spec.public.ipv6!], in: [], ...parts }]);
    const listener = runInLab(
      `require("node:net").createServer((one) => one.end()).listen(9000, "${operator}")`,
    );
    inLab(`ip address add ${stranger}/24 dev hzpublic`);
    try {
      expect([reaches(operator), reaches(stranger)]).toEqual([true, true]);
      await eventually("the listener", goesOut);

      const letIn = [passage("20-22", `${operator}/32`)];
      fence({ in: letIn });
      expect([reaches(operator), reaches(stranger)]).toEqual([true, false]);
      expect(goesOut()).toBe(true);

      fence({ in: letIn, out: [passage("443", "0.0.0.0/0")] });
      expect(goesOut()).toBe(false);
      const boot = bootId();
      server("reset", spec.id); // DHCP has to work, too
      await answers("SSH after the reset", `test "$(cat /proc/sys/kernel/random/boot_id)" != ${boot}`);
      lab.sshMust(address, "curl -sS -m 5 http://169.254.169.254/hetzner/v1/metadata/instance-id");

      fence({ in: [passage("80", "0.0.0.0/0")] });
      expect(reaches(operator)).toBe(false);
      server("fence", []);
      expect([reaches(operator), reaches(stranger), goesOut()]).toEqual([true, true, true]);
    } finally {
      inLab(`ip address del ${stranger}/24 dev hzpublic`);
      listener.kill();
    }
  });

  test("has the IPv6 address that the metadata service knows", async () => {
    const key = readFileSync(join(lab.folder, "boot-key.pub"), "utf8").split(" ")[1];
    await eventually("SSH by IPv6", () => {
      const { stdout } = lab.lab(["run", "--", "ssh-keyscan", "-t", "ed25519", "2001:db8:c0de:11::1"]);
      return stdout.includes(key);
    });
  });

  test("gets and loses private NICs while it runs, and keeps them over a reboot", async () => {
    const boot = bootId();
    server("plug", spec.id, nic(7, 11));
    server("plug", spec.id, nic(7, 11)); // a killed API asks again
    lab.sshMust(address, `test "$(cat /sys/class/net/enp7s0/address)" = ${nic(7, 11).mac}`);
    expect(lab.sshMust(address, "cat /sys/class/net/enp7s0/mtu")).toBe("1450");
    lab.sshMust(
      address,
      "ip addr add 10.64.0.11/32 dev enp7s0; ip link set enp7s0 up; ip route add 10.64.0.0/24 via 10.64.0.1 dev enp7s0 onlink",
    );
    // The gateway is in the operator's namespace, and yet the operator is not in there.
    expect(inLab("ping -c 1 -W 1 10.64.0.11 >/dev/null 2>&1 || echo unreachable")).toBe("unreachable");
    expect(bootId()).toBe(boot);
    lab.ssh(address, "systemctl reboot");
    await answers("SSH after the reboot", `test "$(cat /proc/sys/kernel/random/boot_id)" != ${boot}`);
    lab.sshMust(address, "test -e /sys/class/net/enp7s0");
    server("plug", spec.id, nic(8, 11));
    server("unplug", spec.id, 7);
    expect(lab.sshMust(address, "ls /sys/class/net")).toBe("enp1s0\nenp8s0\nlo");
    server("unplug", spec.id, 8);
    server("unplug", spec.id, 8);
    expect(inLab("ip -br link")).not.toContain("hznet");
  });

  test("keeps its keys over a reboot: cloud-init works once for a server", async () => {
    lab.sshMust(address, "echo '# mine' >>/root/.ssh/authorized_keys");
    const boot = bootId();
    server("reset", spec.id);
    await answers("SSH after the reset", `test "$(cat /proc/sys/kernel/random/boot_id)" != ${boot}`);
    lab.sshMust(address, "grep -q mine /root/.ssh/authorized_keys");
  });

  test("starts by kexec what its initrd holds, and nothing of Debian", async () => {
    const system = archive([
      { name: "system", mode: 0o040755 },
      { name: "system/init", mode: 0o100755, content: installerInit },
      ...["etc", "root", "var"].map((name) => ({ name, mode: 0o040755 })),
    ]);
    const seed = archive([
      { name: "kluster", mode: 0o040700 },
      { name: "kluster/key", mode: 0o100600, content: readFileSync(join(lab.folder, "lasting-key"), "utf8") },
      {
        name: "kluster/seed.sh",
        mode: 0o100700,
        content: `mkdir -p -m 700 /root/.ssh
echo '${lab.publicKey()}' >/root/.ssh/authorized_keys
cp /kluster/key /etc/ssh/ssh_host_ed25519_key
`,
      },
    ]);
    const before = bootId();
    for (const [name, content] of Object.entries({ initrd: system, seed }))
      lab.sshMust(address, `base64 -d >/root/${name} <<'END'\n${content.toString("base64")}\nEND`);
    expect(lab.ssh(address, "/opt/kluster-lab/guest/kexec --exec")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Nothing has been loaded!"),
    });
    lab.sshMust(
      address,
      `cd /root
       gzip initrd
       size=$(stat -c %s initrd.gz)
       truncate -s $(((size + 3) / 4 * 4)) initrd.gz
       cat seed >>initrd.gz
       touch kernel /run/lost
       /opt/kluster-lab/guest/kexec --load kernel --initrd=initrd.gz --command-line="console=ttyS0 init=/system/init"`,
    );
    lab.ssh(address, "/opt/kluster-lab/guest/kexec --exec");
    await answers("SSH of the installer", "grep -q VARIANT_ID=installer /etc/os-release");
    expect(bootId()).not.toBe(before);
    const lasting = readFileSync(join(lab.folder, "lasting-key.pub"), "utf8").split(" ")[1];
    expect(inLab(`ssh-keyscan -t ed25519 ${address} 2>/dev/null`)).toContain(lasting);
    expect(lab.sshMust(address, "findmnt -no FSTYPE /")).toBe("tmpfs");
    expect(lab.ssh(address, "ls /root/initrd.gz /run/lost /boot").stdout).toBe("");
    expect(lab.ssh(address, "grep /dev/sda /proc/mounts").stdout).toBe("");
    expect(lab.must(["status"])).toContain("running system, by kexec");
  });

  test("is Debian again after a reset before anything was installed", async () => {
    server("reset", spec.id);
    await answers("SSH of Debian", "grep -q ^ID=debian /etc/os-release");
  });

  test("refuses by panic an initrd that Linux would not take", async () => {
    lab.sshMust(
      address,
      `cd /tmp; echo junkjunk >initrd; touch kernel
       /opt/kluster-lab/guest/kexec -l kernel --initrd=initrd --append=quiet`,
    );
    lab.ssh(address, "/opt/kluster-lab/guest/kexec -e");
    await eventually("the message", () =>
      /cannot boot this machine: invalid magic at byte 0/.test(console()),
    );
    server("powerOff", spec.id);
  });

  test("gets another size and address while it is off; its disk only grows", async () => {
    const disk = join(lab.state, "servers", `${spec.id}`, "disk.img");
    const moved = "198.51.100.12";
    server("reconfigure", { ...spec, disk: 3072, public: { ...spec.public, ipv4: moved } });
    expect(statSync(disk).size).toBe(3072 * 2 ** 20);
    server("reconfigure", { ...spec, disk: 1024, public: { ...spec.public, ipv4: moved } });
    expect(statSync(disk).size).toBe(3072 * 2 ** 20);
    server("powerOn", spec.id);
    await eventually("SSH at the new address", () => lab.ssh(moved, "true").code === 0);
    expect(lab.sshMust(moved, "blockdev --getsize64 /dev/sda")).toBe(`${3072 * 2 ** 20}`);
    server("shutdown", spec.id);
    await eventually("the end", () => server("isRunning", spec.id) === false);
  });

  test("is gone when removed, also when it ran; then another can have its address", async () => {
    server("powerOn", spec.id);
    server("remove", spec.id);
    server("remove", spec.id);
    expect(server("isRunning", spec.id)).toBe(false);
    expect(lab.must(["status"])).not.toContain(spec.name);
    expect(() => server("powerOn", spec.id)).toThrow(`server ${spec.id} has no machine in the lab`);
    const heir = { ...spec, id: 4712, public: { ...spec.public, mac: "96:00:00:00:00:12" } };
    server("create", heir);
    server("powerOn", heir.id);
    await eventually("the lease", () => lab.must(["status"]).includes(`enp1s0 ${address}/32`));
    server("remove", heir.id);
  });
});
