import { type Inventory } from "./inventory";
import { type StackConfig } from "./stack";
import { taintName, taintText } from "./taints";

/** Effects that keep the cluster's DNS away; NixOS lets it tolerate the first two keys (nixos/…/kubernetes/addons/dns.nix). */
const TOLERATED =
  /^(node-role\.kubernetes\.io\/master:NoSchedule|CriticalAddonsOnly:.*|.*:PreferNoSchedule)$/;
const keepsAway = (taint: string) => !TOLERATED.test(taint);

/** Reports that every host has a taint: the cluster's DNS, which is made of pods, would have nowhere to run. */
export function refuseNoHostForPods(stack: StackConfig, { master, hosts }: Inventory): void {
  const isClosed = ({ taints }: { taints: Record<string, string> }) => Object.keys(taints).some(keepsAway);
  const closedByTaints = hosts.filter(isClosed);
  const closedBySetting = hosts.filter(({ name }) => name === master && !stack.allowSchedulingOnMaster);
  const closed = new Set([...closedByTaints, ...closedBySetting]);
  if (hosts.length === 0 || closed.size < hosts.length) return;
  const problem = {
    what: "no host is left for the pods of the cluster's DNS",
    allowed: "one host or more without taints that keep pods away (NoSchedule, NoExecute)",
  };
  const refuseSetting = () =>
    stack.section.refuse("allowSchedulingOnMaster", {
      ...problem,
      next: stack.section.propose("allowSchedulingOnMaster", [true]),
    });
  const refuseTaints = ({ section, taints }: Inventory["hosts"][number]) =>
    section.refuse("taints", { ...problem, next: section.propose("taints", [softened(taints)]) });
  const onlyByTaints = closedByTaints.find((host) => !closedBySetting.includes(host));
  const [closedMaster] = closedBySetting;
  if (closedMaster && !isClosed(closedMaster)) refuseSetting();
  else if (onlyByTaints) refuseTaints(onlyByTaints);
  else {
    refuseSetting();
    refuseTaints(closedMaster);
  }
}

/** The same taints, as wishes where they keep pods away. */
function softened(taints: Record<string, string>): string[] {
  const texts = Object.entries(taints).map(([taint, value]) => {
    const [key, effect] = taint.split(":");
    return taintText(key, value, keepsAway(taint) ? "PreferNoSchedule" : effect);
  });
  return [...new Map(texts.map((text) => [taintName(text), text])).values()];
}
