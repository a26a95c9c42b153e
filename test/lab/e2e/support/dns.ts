import { apply, kubectl } from "./kubernetes";
import { eventually } from "./wait";

/**
 * A Service that was not there before is found by its name from a pod that runs already: CoreDNS is still let in by the API,
 * with the token that it has. The pod is the visitor of the chapter about workloads.
 */
export async function dnsLearns(service: string): Promise<void> {
  await apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: service },
    spec: { selector: { app: service }, ports: [{ port: 80 }] },
  });
  await eventually(`the name of the Service ${service}`, 180, () =>
    kubectl(["exec", "visitor", "--", "/usr/bin/getent", "hosts", `${service}.default.svc.cluster.local`]),
  );
  await kubectl(["delete", "service", service]);
}

/** Waits for all pods of the cluster's DNS to be those of its present Deployment. */
export const dnsRolledOut = (): Promise<string> =>
  kubectl(["-n", "kube-system", "rollout", "status", "deployment", "coredns", "--timeout=300s"]);
