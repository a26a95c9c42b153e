import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { generateSshKeyPair } from "../../../provider/keys";
import {
  createCertificateAuthority,
  isSignedBy,
  needsRenewal,
  remainingDays,
  signClientCertificate,
} from "../../../provider/pki";

const now = new Date("2026-11-23T12:00:00Z");
const day = 24 * 60 * 60 * 1000;
const administrator = { commonName: "kubernetes-admin", organization: "system:masters", validDays: 365, now };
const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;

describe("the cluster's certificate authority", () => {
  it("is a self-signed authority that may sign certificates and no further authorities", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject).toBe("O=NixOS\nCN=kubernetes-cluster-ca");
    expect(parsed.issuer).toBe(parsed.subject);
    expect(parsed.ca).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
  });

  it("lasts ten years unless told otherwise, and began a while ago for clocks that are behind", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    expect(remainingDays(certificate, now)).toBe(3650);
    const begin = new Date(new X509Certificate(certificate).validFrom);
    expect(now.getTime() - begin.getTime()).toBe(60 * 60 * 1000);
    const short = await createCertificateAuthority({ now, validDays: 40, commonName: "short" });
    expect(remainingDays(short.certificate, now)).toBe(40);
    expect(new X509Certificate(short.certificate).subject).toContain("CN=short");
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
    const { certificate, privateKey } = await signClientCertificate(authority, administrator);
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject).toBe("O=system:masters\nCN=kubernetes-admin");
    expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]); // clientAuth
    expect(parsed.ca).toBe(false);
    expect(parsed.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    expect(isSignedBy(certificate, authority.certificate)).toBe(true);
    expect(remainingDays(certificate, now)).toBe(365);
  });

  it("is not signed by an authority of the same name", async () => {
    const authority = await createCertificateAuthority({ now });
    const namesake = await createCertificateAuthority({ now });
    const { certificate } = await signClientCertificate(authority, administrator);
    expect(isSignedBy(certificate, namesake.certificate)).toBe(false);
  });

  it("does not outlive its authority", async () => {
    const authority = await createCertificateAuthority({ now, validDays: 100 });
    const { certificate } = await signClientCertificate(authority, administrator);
    expect(remainingDays(certificate, now)).toBe(100);
  });

  it("is not signed by an authority that has expired", async () => {
    const authority = await createCertificateAuthority({ now, validDays: 1 });
    const later = new Date(now.getTime() + 2 * day);
    await expect(signClientCertificate(authority, { ...administrator, now: later })).rejects.toThrow(
      "has expired on 2026-11-24",
    );
  });

  it("is not signed by a key that does not belong to the authority", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const { privateKey } = await createCertificateAuthority({ now });
    await expect(signClientCertificate({ certificate, privateKey }, administrator)).rejects.toThrow(
      "does not belong",
    );
  });

  it("is not signed by another client certificate", async () => {
    const authority = await createCertificateAuthority({ now });
    const client = await signClientCertificate(authority, administrator);
    await expect(signClientCertificate(client, administrator)).rejects.toThrow("authority");
  });

  it.each([0, -1, 1.5, NaN])("refuses to be valid for %d days", async (validDays) => {
    const authority = await createCertificateAuthority({ now });
    await expect(signClientCertificate(authority, { ...administrator, validDays })).rejects.toThrow(
      /whole number from 1/,
    );
  });

  it("is refused without repeating what was given for a key", async () => {
    const { certificate } = await createCertificateAuthority({ now });
    const { privateKey } = generateSshKeyPair("wrong kind");
    const error = await signClientCertificate({ certificate, privateKey }, administrator).catch((e) => e);
    expect(error.message).toMatch(/private key of the cluster's authority/);
    expect(error.message).not.toContain(privateKey.split("\n")[1].slice(-20));
  });
});

describe("renewal", () => {
  it("is due when less than thirty days, or as many as asked for, remain", async () => {
    const authority = await createCertificateAuthority({ now });
    const { certificate } = await signClientCertificate(authority, administrator);
    fc.assert(
      fc.property(
        fc.integer({ min: -400, max: 800 }),
        fc.integer({ min: 0, max: 400 }),
        (passed, threshold) => {
          const later = new Date(now.getTime() + passed * day);
          expect(remainingDays(certificate, later)).toBe(365 - passed);
          expect(needsRenewal(certificate, later, threshold)).toBe(365 - passed < threshold);
          expect(needsRenewal(certificate, later)).toBe(365 - passed < 30);
        },
      ),
    );
  });

  it.each(["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "cannot be told for %j",
    (certificate) => {
      expect(() => needsRenewal(certificate)).toThrow(/must be an X.509 certificate in PEM/);
    },
  );
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
    const client = await signClientCertificate(authority, { ...administrator, now: new Date() });
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
