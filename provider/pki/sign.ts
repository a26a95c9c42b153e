import { isIP } from "node:net";
import { webcrypto } from "node:crypto";
import {
  backdating,
  generateKeys,
  Identity,
  keyAlgorithm,
  privateKeyPem,
  readCertificate,
  readPrivateKey,
  serialNumber,
  signingAlgorithm,
} from "./certificate";

/** What the holder of a certificate may do with it. */
export type Usage = "client" | "server";

/** What a certificate says of its holder. */
export interface Subject {
  /** Kubernetes takes a client's for the user's name. */
  commonName: string;
  /** Kubernetes takes a client's for the user's groups; system:masters may do everything and cannot be revoked. */
  organizations: readonly string[];
  /** Names and IP addresses that a server is called by; none for a client. */
  hosts: readonly string[];
  usages: readonly Usage[];
}

export interface Validity {
  /** Milliseconds from now; the certificate ends with the authority's at the latest. */
  lifetime: number;
  now?: Date;
}

/**
 * Signs a certificate, with a new key, by which its holder proves to be somebody; it can sign nothing.
 *
 * @param authority as createCertificateAuthority makes it
 * @throws Error when certificate and key of the authority do not belong together, or it has expired
 */
export async function signCertificate(
  authority: Identity,
  subject: Subject,
  { lifetime, now = new Date() }: Validity,
): Promise<Identity> {
  const issuer = readCertificate(authority.certificate, "The certificate of the cluster's authority");
  const issuerKey = readPrivateKey(authority.privateKey, "The private key of the cluster's authority");
  if (!issuer.ca || !issuer.checkPrivateKey(issuerKey)) {
    throw new Error("The private key of the cluster's authority does not belong to its certificate");
  }
  const end = new Date(issuer.validTo);
  if (end <= now) throw new Error(`The cluster's authority has expired on ${end.toISOString()}`);

  const { x509 } = await import("./x509");
  const issuerCertificate = new x509.X509Certificate(issuer.raw);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    issuerKey.export({ type: "pkcs8", format: "der" }),
    keyAlgorithm,
    false,
    ["sign"],
  );
  const keys = await generateKeys();
  const { commonName, organizations, hosts, usages } = subject;
  const purposes = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth };
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuerCertificate.subjectName,
    subject: [...organizations.map((O) => ({ O: [O] })), { CN: [commonName] }],
    notBefore: new Date(now.getTime() - backdating),
    notAfter: new Date(Math.min(now.getTime() + lifetime, end.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages.map((usage) => purposes[usage])),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerCertificate.publicKey),
      ...(hosts.length > 0
        ? [
            new x509.SubjectAlternativeNameExtension(
              hosts.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value })),
            ),
          ]
        : []),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: privateKeyPem(keys.privateKey) };
}
