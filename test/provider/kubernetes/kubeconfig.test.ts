import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as fc from "fast-check";
import { ClusterAccess, kubeconfig, kubeconfigObject } from "../../../provider/kubernetes/kubeconfig";
import { createCertificateAuthority, signCertificate } from "../../../provider/pki";

const pem = (label: string, content: string) =>
  `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
const access: ClusterAccess = {
  stack: "dev",
  server: { address: "192.168.56.11", port: 6443 },
  caCertificate: pem("CERTIFICATE", "Y2E="),
  clientCertificate: pem("CERTIFICATE", "Y2xpZW50"),
  clientPrivateKey: pem("PRIVATE KEY", "a2V5"),
};
const base64 = fc.base64String({ minLength: 4, maxLength: 200 });
const decode = (text: string) => Buffer.from(text, "base64").toString();

describe("a kubeconfig", () => {
  it("names cluster, user and context after the stack and points to the API server", () => {
    expect(kubeconfigObject(access)).toMatchObject({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "kluster-dev", cluster: { server: "https://192.168.56.11:6443" } }],
      users: [{ name: "kluster-dev-admin" }],
      contexts: [{ name: "kluster-dev", context: { cluster: "kluster-dev", user: "kluster-dev-admin" } }],
      "current-context": "kluster-dev",
    });
  });

  it("puts an IPv6 address in brackets", () => {
    const { clusters } = kubeconfigObject({ ...access, server: { address: "fd00::11", port: 443 } });
    expect(clusters[0].cluster.server).toBe("https://[fd00::11]:443");
  });

  it("gives back exactly what was put in", () => {
    fc.assert(
      fc.property(
        fc.string(),
        base64,
        base64,
        base64,
        fc.integer({ min: 1, max: 65535 }),
        (stack, a, b, c, port) => {
          const given = {
            stack,
            server: { address: "10.0.0.1", port },
            caCertificate: pem("CERTIFICATE", a),
            clientCertificate: pem("CERTIFICATE", b),
            clientPrivateKey: pem("EC PRIVATE KEY", c),
          };
          const read = JSON.parse(kubeconfig(given));
          expect(read).toEqual(kubeconfigObject(given));
          const { cluster } = read.clusters[0];
          const { user } = read.users[0];
          expect(new URL(cluster.server).port || "443").toBe(String(port));
          expect(decode(cluster["certificate-authority-data"])).toBe(given.caCertificate);
          expect(decode(user["client-certificate-data"])).toBe(given.clientCertificate);
          expect(decode(user["client-key-data"])).toBe(given.clientPrivateKey);
          expect(read["current-context"]).toBe(read.contexts[0].name);
        },
      ),
    );
  });

  it.each([
    ["caCertificate", ""],
    ["caCertificate", access.clientPrivateKey],
    ["caCertificate", access.caCertificate + access.clientPrivateKey],
    ["clientCertificate", access.clientPrivateKey],
    ["clientPrivateKey", access.clientCertificate],
    ["clientPrivateKey", "a2V5"],
  ] as const)("refuses as %s what is none, without repeating it", (field, value) => {
    const build = () => kubeconfig({ ...access, [field]: value });
    expect(build).toThrow(`${field} of a kubeconfig must be PEM of kind`);
    expect(build).toThrow(expect.objectContaining({ message: expect.not.stringContaining("a2V5") }));
  });

  const folders = [
    join(process.env.KLUSTER_TOOLCHAIN ?? "", "bin"),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  const kubectl = folders.map((folder) => join(folder, "kubectl")).find(existsSync);
  (kubectl ? it : it.skip)("is understood by kubectl (skipped where it is not installed)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kluster-kubeconfig-"));
    try {
      const authority = await createCertificateAuthority({ commonName: "kluster-dev" });
      const client = await signCertificate(
        authority,
        { commonName: "kubernetes-admin", organizations: [], hosts: [], usages: ["client"] },
        { lifetime: 86_400_000 },
      );
      const file = join(folder, "config");
      const given = {
        ...access,
        caCertificate: authority.certificate,
        clientCertificate: client.certificate,
        clientPrivateKey: client.privateKey,
      };
      writeFileSync(file, kubeconfig(given), { mode: 0o600 });
      const { stdout } = spawnSync(
        kubectl!,
        ["--kubeconfig", file, "config", "view", "--raw", "-o", "json"],
        {
          encoding: "utf8",
          env: { HOME: folder },
        },
      );
      const read = JSON.parse(stdout);
      expect(read).toMatchObject(kubeconfigObject(given));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
