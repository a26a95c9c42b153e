import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { seedDisk, SeedValues, shellAssignments } from "../../../provider/virtualbox/seed";

const SCRIPT = readFileSync(join(__dirname, "../../../scripts/seed.sh"), "utf8");
const MEGABYTE = 1024 * 1024;

const values: SeedValues = {
  authorizedKeys: ["ssh-ed25519 AAAAone operator's key", "ssh-ed25519 AAAAtwo\n"],
  hostKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n",
  clusterMac: "08:00:27:00:00:AB",
  address: "192.168.56.11",
  prefixLength: 24,
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-seed-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("values", () => {
  const text = fc.string({
    unit: fc.constantFrom("'", '"', "\\", "$", "`", "\n", " ", "!", "#", ";", "ü", "a", "\t", "*", "~", "\r"),
  });
  const unshifted = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));

  test("any value arrives in the shell as it is", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, unshifted), { minLength: 10, maxLength: 30 }), (list) => {
        const names = list.map((_, at) => `V${at}`);
        const script = shellAssignments(Object.fromEntries(list.map((value, at) => [names[at], value])));
        const print = names.map((name) => `printf '%s\\0' "$${name}"\n`).join("");
        for (const shell of ["sh", "bash"]) {
          const { stdout } = spawnSync(shell, ["-s"], { input: script + print });
          expect(stdout.toString().split("\0").slice(0, -1)).toEqual(list);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("a NUL character and a name that is none are refused", () => {
    expect(() => shellAssignments({ KEY: "a\0b" })).toThrow(/value of KEY holds a NUL/);
    expect(() => shellAssignments({ "KEY; rm": "a" })).toThrow(/is no name for a shell variable/);
  });
});

describe("the disk", () => {
  test("is whole megabytes: the script with its values, then zeros", () => {
    const disk = seedDisk(values, SCRIPT);
    expect(disk.length).toBe(MEGABYTE);
    const end = disk.indexOf(0);
    expect(disk.subarray(end).every((byte) => byte === 0)).toBe(true);
    const text = disk.subarray(0, end).toString();
    expect(text.endsWith(SCRIPT)).toBe(true);
    expect(text).toContain("CLUSTER_MAC=08:00:27:00:00:ab\nCLUSTER_ADDRESS=192.168.56.11/24\n");
  });

  test("grows with what is on it", () => {
    expect(seedDisk({ ...values, authorizedKeys: ["x".repeat(MEGABYTE)] }, SCRIPT).length).toBe(2 * MEGABYTE);
  });

  test.each(["sh", "bash"])("%s reads it to the script's end and never the zeros", (shell) => {
    const file = join(folder, "disk");
    writeFileSync(file, seedDisk(values, 'printf "%s|" "$AUTHORIZED_KEYS" "$HOST_KEY"\nexit\n'));
    const { stdout, stderr, status } = spawnSync(shell, [file]);
    expect(stderr.toString()).toBe("");
    expect(status).toBe(0);
    expect(stdout.toString()).toBe(
      `ssh-ed25519 AAAAone operator's key\nssh-ed25519 AAAAtwo|${values.hostKey.trim()}|`,
    );
  });

  test("a script that could run into the zeros is refused", () => {
    expect(() => seedDisk(values, "echo hello\n")).toThrow(/must end with a line "exit"/);
  });

  test.each(["sh", "bash"])("%s finds no fault in the script", (shell) => {
    expect(spawnSync(shell, ["-n"], { input: SCRIPT }).stderr.toString()).toBe("");
  });
});

/**
 * The script for real, in namespaces of its own: /etc/ssh, /root and /run are empty file systems, the network is
 * one interface with the wanted MAC address, and systemctl is a stand-in that takes notes.
 */
const namespaces = ["--user", "--map-root-user", "--mount", "--net", "--pid", "--fork"];
const possible =
  spawnSync("unshare", [...namespaces, "ip", "link", "add", "probe", "type", "veth"]).status === 0;

(possible ? describe : describe.skip)("on a machine (needs namespaces)", () => {
  const stage = `
set -eu
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /root
mount -t tmpfs tmpfs /etc/ssh
mount -t sysfs sysfs /sys
echo old >/etc/ssh/ssh_host_ed25519_key
echo old >/etc/ssh/ssh_host_ed25519_key.pub
echo old >/etc/ssh/ssh_host_rsa_key
ip link add egress type veth peer name cluster
ip link set egress address 08:00:27:00:00:01
ip link set cluster address 08:00:27:00:00:ab
export PATH=$BIN:$PATH
`;

  const onMachine = (script: string, before = values) => {
    writeFileSync(join(folder, "disk"), seedDisk(before, SCRIPT));
    writeFileSync(join(folder, "systemctl"), '#!/bin/sh\necho "systemctl $*" >>/run/systemctl.log\n', {
      mode: 0o755,
    });
    const { stdout, stderr, status } = spawnSync("unshare", [...namespaces, "sh", "-c", stage + script], {
      env: { ...process.env, BIN: folder, DISK: join(folder, "disk") },
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), status };
  };

  test("keys are in place, sshd runs with them, and the right interface has the address", () => {
    const { stdout, stderr, status } = onMachine(`
sh "$DISK"
echo ---
cat /run/systemctl.log
stat -c '%a %n' /root/.ssh /root/.ssh/authorized_keys /etc/ssh/*
cat /root/.ssh/authorized_keys /etc/ssh/ssh_host_ed25519_key
ip -brief address show dev cluster`);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toBe(`kluster: cluster has 192.168.56.11/24
---
systemctl restart sshd.service
700 /root/.ssh
600 /root/.ssh/authorized_keys
600 /etc/ssh/ssh_host_ed25519_key
ssh-ed25519 AAAAone operator's key
ssh-ed25519 AAAAtwo
${values.hostKey.trim()}
${stdout.split("\n").at(-2)}
`);
    expect(stdout.split("\n").at(-2)).toMatch(/^cluster.* 192\.168\.56\.11\/24/);
  });

  test("repeated it changes nothing, and connections are not cut by another restart", () => {
    const { stdout } = onMachine('for i in 1 2 3; do sh "$DISK" >/dev/null; done\nwc -l </run/systemctl.log');
    expect(stdout.trim()).toBe("1");
  });

  test("one that runs already is not disturbed by another", () => {
    const { stdout } = onMachine(
      'flock /run/kluster-seed.lock sh "$DISK"\necho "$?" "$(cat /etc/ssh/ssh_host_ed25519_key)"',
    );
    expect(stdout.trim()).toBe("0 old");
  });

  test("killed before sshd was restarted, the next run restarts it", () => {
    const { stdout } = onMachine(
      'sh "$DISK" >/dev/null; rm /run/kluster-seed.restarted /run/systemctl.log; sh "$DISK"; cat /run/systemctl.log',
    );
    expect(stdout).toContain("systemctl restart sshd.service");
  });

  test("without the interface it fails and names the MAC address", () => {
    const { stderr, status } = onMachine('sh "$DISK"', { ...values, clusterMac: "08:00:27:ff:ff:ff" });
    expect(status).toBe(1);
    expect(stderr).toBe("kluster: no network interface has the MAC address 08:00:27:ff:ff:ff\n");
  });

  test("the interface is taken from NetworkManager, and gets the address when it has let go", () => {
    writeFileSync(
      join(folder, "nmcli"),
      `#!/bin/sh
echo "nmcli $*" >>/run/nmcli.log
case $* in
"device set cluster managed no") echo 0 >/run/looks ;;
"-g GENERAL.STATE device show cluster")
	looks=$(($(cat /run/looks) + 1)); echo $looks >/run/looks
	ip -brief address show dev cluster | grep -q 192.168 && echo early >>/run/nmcli.log
	[ $looks -lt 3 ] && echo '100 (connected)' || echo '10 (unmanaged)' ;;
esac
`,
      { mode: 0o755 },
    );
    const { stdout } = onMachine('sh "$DISK" >/dev/null; cat /run/nmcli.log');
    const look = "nmcli -g GENERAL.STATE device show cluster\n";
    expect(stdout).toBe(`nmcli device set cluster managed no\n${look}${look}${look}`);
  });
});
