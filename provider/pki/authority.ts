import {
  backdating,
  dayInMilliseconds,
  generateKeys,
  Identity,
  privateKeyPem,
  serialNumber,
  signingAlgorithm,
} from "./certificate";

export interface AuthorityOptions {
  commonName: string;
  /**
   * Default: ten years, as kubeadm's. Another CA is another cluster to everybody who holds a certificate of this
   * one, so it should outlive the machines.
   */
  validDays?: number;
  now?: Date;
}

/**
 * Makes a cluster's certificate authority: a self-signed certificate that may sign certificates, but no further
 * authorities.
 */
export async function createCertificateAuthority(options: AuthorityOptions): Promise<Identity> {
  const { commonName, validDays = 3650, now = new Date() } = options;
  const { x509 } = await import("./x509");
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ["NixOS"] }, { CN: [commonName] }],
    notBefore: new Date(now.getTime() - backdating),
    notAfter: new Date(now.getTime() + validDays * dayInMilliseconds),
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: privateKeyPem(keys.privateKey) };
}
