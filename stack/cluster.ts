import { connect, type Session } from "../provider/ssh";
import { Misuse } from "./command";

/** What the stack's outputs say of its cluster. */
export interface Cluster {
  master: string;
  /** Of the API, as the nodes call it, such as https://il:6443. */
  api: string;
  /** Likewise, as the operator's kubeconfig calls it. */
  server: string;
  /** PEM of the operator's certificate and of the cluster's authority. */
  certificates: { client: string; authority: string };
  machines: Record<string, { address: string; hostKey: string; roles: string[]; system: string }>;
  /** The operator's private key. Secret. */
  sshKey: string;
}

/** Milliseconds for a login. */
const PATIENCE = 10_000;

/**
 * Reads the stack's outputs.
 * @returns undefined before the first `pulumi up` is over
 */
export function clusterOf(outputs: Record<string, unknown>): Cluster | undefined {
  const { master, machines, sshKey, kubeconfig } = outputs as Partial<Record<string, never>>;
  if (!master || !machines || !sshKey || !kubeconfig) return undefined;
  const config = JSON.parse(kubeconfig) as {
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
    users: { user: { "client-certificate-data": string } }[];
  };
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  const pem = (text: string) => Buffer.from(text, "base64").toString();
  return {
    ...{ master, machines, sshKey },
    server: cluster.server,
    // A port that is the protocol's own is not written in a URL.
    api: `https://${master as string}:${new URL(cluster.server).port || "443"}`,
    certificates: {
      client: pem(user["client-certificate-data"]),
      authority: pem(cluster["certificate-authority-data"]),
    },
  };
}

/** @throws Misuse where a cluster has no machine of that name */
export function requireMachine({ machines }: Cluster, name: string): void {
  if (Object.hasOwn(machines, name)) return;
  throw new Misuse(`there is no machine ${name}; there are ${Object.keys(machines).join(", ")}`);
}

/** Logs in on a machine, whose host key must be the one in the outputs. */
export const login = ({ machines, sshKey }: Cluster, name: string): Promise<Session> =>
  connect(
    { ...machines[name], port: 22, user: "root", privateKey: sshKey },
    { timeout: PATIENCE, dialTimeout: PATIENCE / 2 },
  );
