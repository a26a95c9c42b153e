import { join } from "node:path";
import { Scripts } from "../../provider/nixos/scripts";
import { type Session } from "../../provider/ssh";
import { type Check, examine, type Finding } from "../check";
import { apiPortCheck } from "./api-port";
import { machineCertificatesCheck, operatorCertificatesCheck } from "./certificates";
import { diskCheck } from "./disk";
import { etcdCheck } from "./etcd";
import { loginCheck } from "./login";
import { readyChecks } from "./ready";
import { parseReport } from "./report";
import { type Node } from "./subject";
import { type Cluster, login } from "../../stack/cluster";
import { systemsCheck } from "./systems";
import { unitsCheck } from "./units";

const NODE_CHECKS: readonly Check<Node>[] = [
  loginCheck,
  apiPortCheck,
  ...readyChecks,
  systemsCheck,
  unitsCheck,
  machineCertificatesCheck,
  diskCheck,
  etcdCheck,
];

const scripts = new Scripts(join(__dirname, "../../scripts"));

/** Opens a session on a machine. @throws SshError */
type Login = (cluster: Cluster, name: string) => Promise<Session>;

/**
 * Looks at a cluster's machines side by side.
 * @param only the one machine to look at
 */
export async function examineCluster(
  cluster: Cluster,
  only?: string,
  open: Login = login,
): Promise<Finding[]> {
  const names = only === undefined ? Object.keys(cluster.machines) : [only];
  const found = await Promise.all([
    ...(only === undefined ? [examine([operatorCertificatesCheck], cluster)] : []),
    ...names.map((name) => examineNode(cluster, name, open)),
  ]);
  return found.flat();
}

async function examineNode(cluster: Cluster, name: string, open: Login): Promise<Finding[]> {
  const node: Node = { name, cluster, scripts };
  try {
    node.session = await open(cluster, name);
  } catch (error) {
    node.loginError = error as Error;
  }
  try {
    node.report = node.session && parseReport(await scripts.run(node.session, "node-report.sh", []));
    return await examine(NODE_CHECKS, node, name);
  } finally {
    node.session?.close();
  }
}
