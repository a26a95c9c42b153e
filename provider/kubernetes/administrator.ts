import { Identity, signCertificate } from "../pki";
import { kubeconfigObject } from "./kubeconfig";

/** Milliseconds for which the certificate is good; it is kept nowhere. */
const LIFETIME = 60 * 60 * 1000;

/**
 * The kubeconfig, on one line, of somebody who may do everything (system:masters) for an hour. Secret.
 * @param purpose part of his name, which the audit log shows
 * @param cluster the authority that signs for him, whom he trusts (PEM), and the API by its URL
 */
export async function administrator(
  purpose: string,
  { authority, trusted, server }: { authority: Identity; trusted: string; server: string },
  now: Date,
): Promise<string> {
  const { certificate, privateKey } = await signCertificate(
    authority,
    { commonName: `kluster-${purpose}`, organizations: ["system:masters"], hosts: [], usages: ["client"] },
    { lifetime: LIFETIME, now },
  );
  const { hostname, port } = new URL(server);
  const access = kubeconfigObject({
    stack: purpose,
    server: { address: hostname, port: Number(port) },
    caCertificate: trusted,
    clientCertificate: certificate,
    clientPrivateKey: privateKey,
  });
  return JSON.stringify(access);
}
