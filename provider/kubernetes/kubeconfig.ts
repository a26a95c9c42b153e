import { isIP } from "node:net";

/** What is needed to reach a cluster as its administrator. */
export interface ClusterAccess {
  /** Gives cluster, user and context their names, so that several stacks can stand in one kubeconfig. */
  stack: string;
  server: { address: string; port: number };
  /** PEM */
  caCertificate: string;
  /** PEM */
  clientCertificate: string;
  /** PEM. Secret. */
  clientPrivateKey: string;
}

/** The part of a kubeconfig's format (v1) that is used here. */
export interface Kubeconfig {
  apiVersion: "v1";
  kind: "Config";
  clusters: { name: string; cluster: { server: string; "certificate-authority-data": string } }[];
  users: { name: string; user: { "client-certificate-data": string; "client-key-data": string } }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
  "current-context": string;
}

/**
 * The text of a kubeconfig that is complete in itself: certificates and key are inside. Secret.
 *
 * It is JSON, which is YAML too: kubectl and every client read it, no YAML library is needed to write it, and
 * nothing can be quoted wrongly.
 *
 * @throws Error when one of the PEM texts is something else; names it, never repeats it
 */
export function kubeconfig(access: ClusterAccess): string {
  return `${JSON.stringify(kubeconfigObject(access), undefined, 2)}\n`;
}

/** As {@link kubeconfig}, as an object. */
export function kubeconfigObject(access: ClusterAccess): Kubeconfig {
  const { stack, server, caCertificate, clientCertificate, clientPrivateKey } = access;
  const cluster = `kluster-${stack}`;
  const user = `${cluster}-admin`;
  const host = isIP(server.address) === 6 ? `[${server.address}]` : server.address;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster,
        cluster: {
          server: `https://${host}:${server.port}`,
          "certificate-authority-data": embed("CERTIFICATE", caCertificate, "caCertificate"),
        },
      },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": embed("CERTIFICATE", clientCertificate, "clientCertificate"),
          "client-key-data": embed("PRIVATE KEY", clientPrivateKey, "clientPrivateKey"),
        },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  };
}

/** A key in the place of a certificate would be handed out as public: look twice. */
function embed(label: "CERTIFICATE" | "PRIVATE KEY", pem: string, field: keyof ClusterAccess): string {
  const labels = [...pem.matchAll(/^-----BEGIN (.+)-----$/gm)].map((match) => match[1]);
  if (labels.length === 0 || !labels.every((found) => found.endsWith(label))) {
    throw new Error(
      `${field} of a kubeconfig must be PEM of kind ${label}, not ${labels.length === 0 ? "something without PEM" : labels.join(", ")}`,
    );
  }
  return Buffer.from(pem).toString("base64");
}
