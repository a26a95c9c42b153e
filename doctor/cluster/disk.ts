import { type Check, type Judgement, problem, warning, well } from "../check";
import { type NodeReport } from "./report";
import { type Node } from "./subject";

/** Room on the machine's disk, by kubelet's own limits (imagefs.available 15 %, nodefs.available 10 %). */
export const diskCheck: Check<Node> = {
  name: "disk",
  async look({ report }) {
    return report && judgeDisk(report.disk);
  },
};

export function judgeDisk({ free, size }: NodeReport["disk"]): Judgement {
  const percent = Math.floor((100 * free) / size);
  const finding = `${percent} % of ${(size / 1e9).toFixed(1)} GB are free`;
  const remedy =
    "nix-collect-garbage --delete-older-than 7d on the machine makes room, or give it a larger disk in the inventory.";
  if (percent < 10) return problem(`${finding}: kubelet evicts pods below 10 %`, remedy);
  if (percent < 15) return warning(`${finding}: kubelet deletes images below 15 %`, remedy);
  return well(finding);
}
