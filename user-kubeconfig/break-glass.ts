import { administrator } from "../provider/kubernetes/administrator";
import { Identity } from "../provider/pki";
import { stateOf } from "../stack/state";

/**
 * A kubeconfig for an hour, by which everything may be done (system:masters), whatever has become of the cluster's own
 * bindings. It is made from the authority's key in the state, and is kept nowhere. Secret.
 * @param server the API's URL
 * @throws StackError where the state has no authority
 */
export function breakGlass(stack: string | undefined, server: string): Promise<string> {
  const { outputs } = stateOf(stack).get("CertificateAuthority::/authority");
  const { certificate, privateKey, earlier = [] } = outputs as unknown as Identity & { earlier?: string[] };
  const trusted = [certificate, ...earlier].join("");
  return administrator(
    "break-glass",
    { authority: { certificate, privateKey }, trusted, server },
    new Date(),
  );
}

/** The API's URL in a kubeconfig of ours. */
export function serverOf(kubeconfig: string): string {
  const { clusters } = JSON.parse(kubeconfig) as { clusters: { cluster: { server: string } }[] };
  return clusters[0].cluster.server;
}
