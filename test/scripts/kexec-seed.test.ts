import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellQuote } from "../../provider/shell";
import { describeWithMounts, runScript } from "./private-mounts";

describeWithMounts("what the installer does with its seed", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-seed-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the script where the installer has it, beside its settings, and prints what `after` asks for. */
  function seed(after: string, changes: Record<string, string> = {}, networkd = "exit 3"): string {
    const settings = {
      ...{ AUTHORIZED_KEYS: "ssh-ed25519 AAAA operator", HOST_KEY: "-----BEGIN\nkey\n-----END" },
      ...{ PUBLIC_MAC: "96:00:00:00:00:01", PUBLIC_IPV6: "2001:db8:1::1/64" },
      ...changes,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${shellQuote(value)}\n`);
    writeFileSync(join(folder, "settings"), lines.join(""));
    for (const [name, text] of [
      ["systemctl", networkd],
      ["networkctl", `echo "networkctl $*"`],
    ]) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const { code, stdout, stderr } = runScript("kexec-seed.sh", {
      empty: ["/root", "/etc/ssh", "/run"],
      before: "touch /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ed25519_key.pub",
      folder,
      env: { PATH: `${folder}:${process.env.PATH}` },
      after,
    });
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  }

  test("has the pinned host key and no other, and it is for root alone", () => {
    expect(seed("cd /etc/ssh; ls; stat -c %a ssh_host_ed25519_key; cat ssh_host_ed25519_key")).toBe(
      "ssh_host_ed25519_key\n600\n-----BEGIN\nkey\n-----END\n",
    );
  });

  test("lets the operator in", () => {
    expect(
      seed("stat -c '%a %n' /root/.ssh /root/.ssh/authorized_keys; cat /root/.ssh/authorized_keys"),
    ).toBe("700 /root/.ssh\n600 /root/.ssh/authorized_keys\nssh-ed25519 AAAA operator\n");
  });

  const network = "/run/systemd/network/05-kluster-public.network";

  test("gives the card to the internet its addresses, in a file that networkd's own user can read", () => {
    const text = seed(`stat -c %a /run/systemd/network ${network}; cat ${network}`);
    expect(text).toMatch(/^755\n644\n\[Match\]\nMACAddress=96:00:00:00:00:01\n\[Network\]\nDHCP=ipv4\n/);
    expect(text).toContain("\nAddress=2001:db8:1::1/64\nGateway=fe80::1\n");
  });

  test("leaves IPv6 alone where there is none", () => {
    expect(seed(`cat ${network}`, { PUBLIC_IPV6: "" })).not.toMatch(/Address=[^9]|Gateway|DNS/);
  });

  test("tells a networkd that runs already", () => {
    expect(seed("", {}, "exit 0")).toBe("networkctl reload\n");
    expect(seed("")).toBe("");
  });
});
