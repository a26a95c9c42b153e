import { Subject, Usage } from "./sign";

/** The cluster's authorities. What one of them has signed means nothing to who trusts another. */
export const AUTHORITIES = ["cluster", "etcd", "front-proxy"] as const;
export type AuthorityName = (typeof AUTHORITIES)[number];

/** A certificate as a machine's NixOS configuration asks for it (nix/certificates.nix). */
export interface CertificateRequest {
  commonName: string;
  organizations: readonly string[];
  hosts: readonly string[];
}

/** Whom a certificate is for. */
export interface Holder {
  machine: string;
  isMaster: boolean;
}

/** What one of NixOS's certificates is for, and all that it may say. */
interface Role {
  authority: AuthorityName;
  usages: readonly Usage[];
  /** Undefined: whatever the machine is called by. */
  commonName?: string | ((machine: string) => string);
  organizations?: readonly string[];
  onMasterOnly?: boolean;
}

const client = (commonName: Role["commonName"], more: Partial<Role> = {}): Role => ({
  authority: "cluster",
  usages: ["client"],
  commonName,
  ...more,
});
const onMaster = { onMasterOnly: true };

/**
 * The certificates of services.kubernetes.pki.certs, by their names there, and the program's own. The names of users are
 * Kubernetes' (https://kubernetes.io/docs/reference/access-authn-authz/rbac/) and NixOS's
 * (nixos/modules/services/cluster/kubernetes).
 */
const ROLES: Record<string, Role> = {
  apiServer: { authority: "cluster", usages: ["server"], commonName: "kubernetes", ...onMaster },
  apiserverKubeletClient: client("system:kube-apiserver", onMaster),
  apiserverEtcdClient: client("etcd-client", { authority: "etcd", ...onMaster }),
  apiserverProxyClient: client("front-proxy-client", { authority: "front-proxy", ...onMaster }),
  // Its gateway for JSON is a client of its own: https://github.com/etcd-io/etcd/issues/9785
  etcd: { authority: "etcd", usages: ["server", "client"], ...onMaster },
  controllerManager: { authority: "cluster", usages: ["server"], ...onMaster },
  controllerManagerClient: client("system:kube-controller-manager", onMaster),
  schedulerClient: client("system:kube-scheduler", onMaster),
  addonManager: client("system:kube-addon-manager", onMaster),
  kluster: client("kluster", onMaster),
  kubelet: { authority: "cluster", usages: ["server"], commonName: (machine) => machine },
  kubeletClient: client((machine) => `system:node:${machine}`, { organizations: ["system:nodes"] }),
  kubeProxyClient: client("system:kube-proxy"),
  flannelClient: client("flannel-client"),
};

/**
 * What is to be signed for a machine, and by whom.
 * @param name of the certificate in services.kubernetes.pki.certs
 * @returns or what is wrong with the request, as the end of a sentence that begins with its name
 */
export function judge(
  name: string,
  request: CertificateRequest,
  { machine, isMaster }: Holder,
): { authority: AuthorityName; subject: Subject } | { refused: string } {
  const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (!role) return { refused: `is none that kluster signs; known are ${Object.keys(ROLES).join(", ")}` };
  if (role.onMasterOnly && !isMaster) return { refused: "is for the master alone" };
  const { authority, usages, organizations = [] } = role;
  const { commonName, hosts } = request;
  const expected = typeof role.commonName === "function" ? role.commonName(machine) : role.commonName;
  if (expected !== undefined && commonName !== expected)
    return { refused: `is to be of "${commonName}", and may be of "${expected}" alone` };
  if (request.organizations.join() !== organizations.join()) {
    const groups = (names: readonly string[]) =>
      names.length ? `the group ${names.join(" and ")}` : "no group";
    return {
      refused: `is to be of ${groups(request.organizations)}, and may be of ${groups(organizations)} alone`,
    };
  }
  if (!usages.includes("server")) {
    if (hosts.length > 0)
      return { refused: `is a client's, and is to be good for a server at ${hosts.join(", ")}` };
    return { authority, subject: { commonName, organizations, hosts: [], usages } };
  }
  // The API server's has names that the user may add to; the others have their own.
  const names = [...new Set(name === "apiServer" ? hosts : [commonName, ...hosts])];
  return { authority, subject: { commonName, organizations, hosts: names, usages } };
}
