/*
 * Which versions of Kubernetes may be together and follow each other, by https://kubernetes.io/releases/version-skew-policy/:
 * the API server goes up one minor at a time and none is left out; a kubelet is never newer than the API server that it
 * speaks to, and at most three minors older.
 */

/** Minors by which a kubelet may be older than the API server, since Kubernetes 1.28. */
const KUBELET_LAG = 3;
const POLICY = "https://kubernetes.io/releases/version-skew-policy/";

/** A machine's Kubernetes, as "1.36.1"; undefined where it is not known. */
export interface VersionChange {
  machine: string;
  /** Whether it runs the API server. */
  isMaster: boolean;
  /** What it runs. */
  before?: string;
  /** What it shall run. */
  after?: string;
}

/** The minor that a version is of, such as 36 of 1.36.1; undefined for what is none of Kubernetes 1. */
export function minorOf(version: string | undefined): number | undefined {
  const minor = /^v?1\.(\d+)(?:\.|$)/.exec(version ?? "")?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** Minors that a machine goes up, negative where down; 0 too where it is not known. */
export function minorStep({ before, after }: Pick<VersionChange, "before" | "after">): number {
  const [from, to] = [minorOf(before), minorOf(after)];
  return from === undefined || to === undefined ? 0 : to - from;
}

/**
 * What forbids the API server such a change; undefined where nothing does.
 * @param isRollback whether the user asks for an earlier system
 */
export function refuseStep(change: VersionChange, isRollback: boolean): string | undefined {
  const { machine, isMaster, before, after } = change;
  const step = minorStep(change);
  if (!isMaster || step === 0 || step === 1 || (step === -1 && isRollback)) return undefined;
  const how = `${machine} would go from Kubernetes ${before} to ${after}`;
  const from = minorOf(before)!;
  if (step > 1)
    return `${how}, and its API server may leave out no minor (${POLICY}). Pin a nixpkgs with Kubernetes 1.${from + 1} first (kluster:nixpkgs), \`pulumi up\`, and go on from there.`;
  if (step < -1)
    return `${how}, more than one minor back: that API server may not read what is in etcd. Pin a nixpkgs with Kubernetes 1.${from} again (kluster:nixpkgs).`;
  return `${how}, a minor back. If that is meant, go back to the system that it ran before: \`npm run generations -- ${machine}\` and kluster:rollback. Else pin a nixpkgs with Kubernetes 1.${from} or newer (kluster:nixpkgs).`;
}

/** What to know before the API server goes a minor back; undefined where it does not. */
export function warnOfStepBack(change: VersionChange): string | undefined {
  if (!change.isMaster || minorStep(change) !== -1) return undefined;
  return `${change.machine} goes back from Kubernetes ${change.before} to ${change.after}. What has been written to etcd by the newer API server alone (objects of kinds or versions that the older one does not know) is not served until it is newer again.`;
}

/** What forbids a node's Kubernetes beside that of the API server, before, during or after the change. */
export function refuseSkew(master: VersionChange, node: VersionChange): string | undefined {
  const [api, kubelet] = [minorOf(master.after), minorOf(node.after)];
  if (api === undefined || kubelet === undefined) return undefined;
  if (kubelet > api)
    return `${node.machine} would run Kubernetes ${node.after}, newer than the API server's ${master.after} on ${master.machine}, which no kubelet may be (${POLICY}). Let both have the same: kluster:nixpkgs is for all machines, kluster:rollback for those that it names; where ${master.machine} goes back, ${node.machine} does, too.`;
  // The order of changes (provider/rollout.ts): on the way up the master is there before its nodes, on the way back after them.
  const newest = minorStep(master) < 0 ? master.before! : master.after!;
  const met = minorStep(master) > 0 ? [node.before, node.after] : [node.after];
  const lagging = met.find((version) => minorOf(newest)! - (minorOf(version) ?? kubelet) > KUBELET_LAG);
  if (lagging !== undefined)
    return `${node.machine} would have Kubernetes ${lagging} while the API server on ${master.machine} has ${newest}, more than ${KUBELET_LAG} minors newer (${POLICY}). Bring ${node.machine} up first: take it out of kluster:rollback, or repair what keeps it back, and \`pulumi up\` with the nixpkgs of before.`;
  return undefined;
}

/** The versions of all machines, each told when its system is known; whichever comes second shows what does not fit. */
export class Skew {
  private readonly told = new Map<string, VersionChange>();

  /** @returns what forbids this change beside those that have been told, each as a sentence */
  tell(change: VersionChange): string[] {
    this.told.set(change.machine, change);
    const others = [...this.told.values()].filter(({ isMaster }) => isMaster !== change.isMaster);
    return others.flatMap((other) => {
      const [master, node] = change.isMaster ? [change, other] : [other, change];
      return refuseSkew(master, node) ?? [];
    });
  }
}
