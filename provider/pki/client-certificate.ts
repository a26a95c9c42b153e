import { webcrypto } from "node:crypto";
import {
  backdating,
  dayInMilliseconds,
  generateKeys,
  Identity,
  keyAlgorithm,
  privateKeyPem,
  readCertificate,
  readPrivateKey,
  serialNumber,
  signingAlgorithm,
} from "./certificate";

export interface ClientCertificateOptions {
  /** Kubernetes takes it for the user's name. */
  commonName: string;
  /** Kubernetes takes it for the user's group; system:masters may do everything and cannot be revoked. */
  organization: string;
  /** Whole days from now; the certificate ends with the authority's at the latest. */
  validDays: number;
  now?: Date;
}

/**
 * Signs a certificate, with a new key, by which its holder logs in as a client; it is good for nothing else.
 *
 * @param authority as createCertificateAuthority makes it
 * @throws Error when certificate and key of the authority do not belong together, or it has expired
 */
export async function signClientCertificate(
  authority: Identity,
  { commonName, organization, validDays, now = new Date() }: ClientCertificateOptions,
): Promise<Identity> {
  if (!Number.isInteger(validDays) || validDays < 1) {
    throw new Error(`validDays of a client certificate must be a whole number from 1, not ${validDays}`);
  }
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
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuerCertificate.subjectName,
    subject: [{ O: [organization] }, { CN: [commonName] }],
    notBefore: new Date(now.getTime() - backdating),
    notAfter: new Date(Math.min(now.getTime() + validDays * dayInMilliseconds, end.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerCertificate.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: privateKeyPem(keys.privateKey) };
}
