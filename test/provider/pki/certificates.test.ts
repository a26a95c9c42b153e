import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { generateSshKeyPair } from "../../../provider/keys";
import {
  createCertificateAuthority as createAuthority,
  isSignedBy,
  lastDay,
  needsRenewal,
  signCertificate,
  Subject,
} from "../../../provider/pki";

const now = new Date("2026-11-23T12:00:00Z");
const day = 24 * 60 * 60 * 1000;
const administrator: Subject = {
  ...{ commonName: "kubernetes-admin", organizations: ["kluster:administrators"] },
  ...{ hosts: [], usages: ["client"] },
};
const year = { lifetime: 365 * day, now };
const createCertificateAuthority = (options: { now?: Date; validDays?: number } = {}) =>
  createAuthority({ commonName: "kluster-dev", ...options });
const daysLeft = (certificate: string) =>
  (new Date(new X509Certificate(certificate).validTo).getTime() - now.getTime()) / day;
const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;

describe("the cluster's certificate authority", () => {
  it("is a self-signed authority that may sign certificates and no further authorities", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject).toBe("O=NixOS\nCN=kluster-dev");
    expect(parsed.issuer).toBe(parsed.subject);
    expect(parsed.ca).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
  });

  it("lasts ten years unless told otherwise, and began a while ago for clocks that are behind", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    expect(daysLeft(certificate)).toBe(3650);
    const begin = new Date(new X509Certificate(certificate).validFrom);
    expect(now.getTime() - begin.getTime()).toBe(60 * 60 * 1000);
    const short = await createCertificateAuthority({ now, validDays: 40 });
    expect(daysLeft(short.certificate)).toBe(40);
  });

  it("has a key of its own every time", async () => {
    const [one, other] = await Promise.all([createCertificateAuthority(), createCertificateAuthority()]);
    expect(one.privateKey).not.toBe(other.privateKey);
    expect(new X509Certificate(one.certificate).checkPrivateKey(createPrivateKey(one.privateKey))).toBe(true);
    expect(new X509Certificate(one.certificate).checkPrivateKey(createPrivateKey(other.privateKey))).toBe(
      false,
    );
  });
});

describe("a client certificate", () => {
  it("carries user and group, for logging in as a client and nothing else", async () => {
    const authority = await createCertificateAuthority({ now });
    const { certificate, privateKey } = await signCertificate(authority, administrator, year);
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject).toBe("O=kluster:administrators\nCN=kubernetes-admin");
    expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]); // clientAuth
    expect(parsed.ca).toBe(false);
    expect(parsed.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    expect(isSignedBy(certificate, authority.certificate)).toBe(true);
    expect(daysLeft(certificate)).toBe(365);
  });

  it("is not signed by an authority of the same name", async () => {
    const authority = await createCertificateAuthority({ now });
    const namesake = await createCertificateAuthority({ now });
    const { certificate } = await signCertificate(authority, administrator, year);
    expect(isSignedBy(certificate, namesake.certificate)).toBe(false);
  });

  it("does not outlive its authority", async () => {
    const authority = await createCertificateAuthority({ now, validDays: 100 });
    const { certificate } = await signCertificate(authority, administrator, year);
    expect(daysLeft(certificate)).toBe(100);
  });

  it("is not signed by an authority that has expired", async () => {
    const authority = await createCertificateAuthority({ now, validDays: 1 });
    const later = new Date(now.getTime() + 2 * day);
    await expect(signCertificate(authority, administrator, { ...year, now: later })).rejects.toThrow(
      "has expired on 2026-11-24",
    );
  });

  it("is not signed by a key that does not belong to the authority", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const { privateKey } = await createCertificateAuthority({ now });
    await expect(signCertificate({ certificate, privateKey }, administrator, year)).rejects.toThrow(
      "does not belong",
    );
  });

  it("is not signed by another client certificate", async () => {
    const authority = await createCertificateAuthority({ now });
    const client = await signCertificate(authority, administrator, year);
    await expect(signCertificate(client, administrator, year)).rejects.toThrow("authority");
  });

  it("is refused without repeating what was given for a key", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const { privateKey } = generateSshKeyPair("wrong kind");
    const error = await signCertificate({ certificate, privateKey }, administrator, year).catch((e) => e);
    expect(error.message).toMatch(/private key of the cluster's authority/);
    expect(error.message).not.toContain(privateKey.split("\n")[1].slice(-20));
  });
});

describe("renewal", () => {
  it("is due in the last third of a certificate's life, however long that is", async () => {
    const authority = await createCertificateAuthority({ now });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 3000 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        async (days, part) => {
          const { certificate } = await signCertificate(authority, administrator, {
            lifetime: days * day,
            now,
          });
          const { validFrom, validTo } = new X509Certificate(certificate);
          const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
          const later = new Date(from + (to - from) * part);
          expect(needsRenewal(certificate, later)).toBe(later.getTime() > from + ((to - from) * 2) / 3);
          expect(lastDay(certificate)).toBe(new Date(to).toISOString().slice(0, 10));
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each(["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "cannot be told for %j",
    (certificate) => {
      expect(() => needsRenewal(certificate)).toThrow(/must be an X.509 certificate in PEM/);
    },
  );
});

describe("a server's certificate", () => {
  it("has the names and addresses that it is called by, and is good for a client, too, where it is to be", async () => {
    const authority = await createCertificateAuthority({ now });
    const etcd: Subject = {
      ...{ commonName: "il", organizations: [] },
      ...{ hosts: ["etcd.local", "192.168.56.11", "2001:db8::1"], usages: ["server", "client"] },
    };
    const parsed = new X509Certificate((await signCertificate(authority, etcd, year)).certificate);
    expect(parsed.subject).toBe("CN=il");
    expect(parsed.checkHost("etcd.local")).toBe("etcd.local");
    expect(parsed.checkIP("192.168.56.11")).toBe("192.168.56.11");
    expect(parsed.subjectAltName).toContain("IP Address:2001:DB8:0:0:0:0:0:1");
    expect(parsed.keyUsage.sort()).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });
});

(hasOpenssl ? describe : describe.skip)("openssl (skipped where it is not installed)", () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-pki-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it("verifies client certificates strictly, for clients only", async () => {
    const authority = await createCertificateAuthority();
    const client = await signCertificate(authority, administrator, { lifetime: day });
    const chain = ["-x509_strict", "-CAfile", file("ca.pem", authority.certificate)];
    const clientFile = file("client.pem", client.certificate);
    const verify = (purpose: string) =>
      spawnSync("openssl", ["verify", ...chain, "-purpose", purpose, clientFile], { encoding: "utf8" });
    expect(verify("sslclient")).toMatchObject({ status: 0, stdout: expect.stringContaining(": OK") });
    expect(verify("sslserver")).toMatchObject({ status: 2, stderr: expect.stringMatching(/purpose/) });
  });

  it("reads the serial numbers as positive and of full length", async () => {
    for (let i = 0; i < 10; i++) {
      const { certificate } = await createCertificateAuthority();
      const serial = execFileSync("openssl", ["x509", "-noout", "-serial"], {
        input: certificate,
      }).toString();
      expect(serial).toMatch(/^serial=[4-7][0-9A-F]{31}\n$/);
    }
  });
});
