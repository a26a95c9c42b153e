import { spawnSync } from "node:child_process";
import { seedArchive } from "../../../provider/nixos/kexec";

const seed = {
  authorizedKey: "ssh-ed25519 AAAA operator's\n",
  hostPrivateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n-----END OPENSSH PRIVATE KEY-----\n",
  publicMac: "96:00:00:00:00:01",
  ipv6: "2001:db8:1::1/64",
};

/** Text of the settings in an archive: from their first variable to the zeros or the next header. */
function settings(archive: Buffer): string {
  const text = archive.toString("utf8");
  return text.slice(text.indexOf("AUTHORIZED_KEYS=")).split(/\0|070701/)[0];
}

function variable(archive: Buffer, name: string): string {
  const shell = spawnSync("bash", ["-euc", `eval "$(cat)"; printf %s "$${name}"`], {
    input: settings(archive),
    encoding: "utf8",
  });
  expect(shell.stderr).toBe("");
  return shell.stdout;
}

test.each([
  ["AUTHORIZED_KEYS", "ssh-ed25519 AAAA operator's"],
  ["HOST_KEY", seed.hostPrivateKey.trim()],
  ["PUBLIC_MAC", "96:00:00:00:00:01"],
  ["PUBLIC_IPV6", "2001:db8:1::1/64"],
])("a shell in the installer finds %s as it was given", (name, value) => {
  expect(variable(seedArchive("exit\n", seed), name)).toBe(value);
});

test("a machine without IPv6 has an empty address, which a strict shell can ask for", () => {
  expect(variable(seedArchive("exit\n", { ...seed, ipv6: undefined }), "PUBLIC_IPV6")).toBe("");
});

test("the script is where the installer looks for it", () => {
  expect(seedArchive("echo hello\n", seed).toString("latin1")).toMatch(/kluster\/seed\.sh\0+echo hello\n/);
});
