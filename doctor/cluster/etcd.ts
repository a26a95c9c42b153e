import { type Check, type Judgement, problem, warning, well } from "../check";
import { type Node } from "./subject";

/** etcd's default --quota-backend-bytes: with more it takes no writes. */
const QUOTA = 2 * 2 ** 30;

/** How large etcd's database is. */
export const etcdCheck: Check<Node> = {
  name: "etcd",
  async look({ report }) {
    return report?.etcd === undefined ? undefined : judgeEtcd(report.etcd);
  },
};

/** @param size bytes of its file */
export function judgeEtcd(size: number): Judgement {
  const finding = `the database has ${Math.ceil(size / 2 ** 20)} MB of the ${QUOTA / 2 ** 20} MB that etcd allows`;
  const remedy =
    "Find what makes so many objects (kubectl get events -A; kubectl api-resources), delete them, then give the room back: etcdctl defrag on the master.";
  if (size >= 0.9 * QUOTA) return problem(`${finding}; the cluster takes no changes beyond that`, remedy);
  return size >= 0.5 * QUOTA ? warning(finding, remedy) : well(finding);
}
