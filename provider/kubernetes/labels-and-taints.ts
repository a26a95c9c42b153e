import { createHmac, timingSafeEqual } from "node:crypto";

/** Values of a node's labels by their keys, and of its taints by key and effect: `dedicated:NoSchedule`. */
export interface LabelsAndTaints {
  labels: Record<string, string>;
  taints: Record<string, string>;
}

interface Taint {
  key: string;
  value?: string;
  effect: string;
  /** Kubernetes' own controllers write it. */
  timeAdded?: string;
}

/** What is looked at of a Node (core/v1). */
export interface NodeObject {
  metadata: {
    resourceVersion: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: { taints?: Taint[] };
}

/** By what a node's labels and taints are known to be ours. */
export interface Known extends LabelsAndTaints {
  /** The node's name. */
  node: string;
  /** No node knows it. */
  secret: string;
}

interface Names {
  labels: string[];
  taints: string[];
}

/**
 * Says on the node which of its labels and taints are ours. It is changed with them, at once: whatever becomes of a run, the
 * node knows. A kubelet may write the annotations of its node, though not its taints nor those labels that NodeRestriction
 * protects; so it is sealed, or a machine that was broken into could have those of others taken off by naming them here.
 */
const OURS = "kluster/labels-and-taints";

/**
 * The JSON merge patch that gives a node the wanted labels and taints, and takes those off that were ours and no longer are;
 * undefined where it has all that. What is not ours stays as it is. The API refuses it (409, Conflict) if the node is another by
 * then: `spec.taints` is one value to it, whoever put what in there.
 * @param wanted what the node is to have of ours
 * @param known what it had the last time that is known
 */
export function patchFor(node: NodeObject, wanted: LabelsAndTaints, known: Known): object | undefined {
  const names = namesOf(wanted);
  const ours = namesOn(node, known);
  const labels = labelChanges(node, wanted, ours);
  const taints = taintsAfter(node, wanted, ours);
  const annotation = names.labels.length + names.taints.length > 0 ? sealed(names, known) : undefined;
  const isKnown = node.metadata.annotations?.[OURS] === annotation;
  if (Object.keys(labels).length === 0 && !taints && isKnown) return undefined;
  return {
    metadata: {
      resourceVersion: node.metadata.resourceVersion,
      labels,
      ...(isKnown ? {} : { annotations: { [OURS]: annotation ?? null } }),
    },
    ...(taints ? { spec: { taints: taints.length > 0 ? taints : null } } : {}),
  };
}

/** What a node has of those that are ours. */
export function foundOn(node: NodeObject, known: Known): LabelsAndTaints {
  const ours = namesOn(node, known);
  const taints = (node.spec?.taints ?? []).map((taint) => [nameOf(taint), taint.value ?? ""] as const);
  return {
    labels: only(Object.entries(node.metadata.labels ?? {}), ours.labels),
    taints: only(taints, ours.taints),
  };
}

/** In which labels and taints the two differ, in words. */
export function differences(before: LabelsAndTaints, after: LabelsAndTaints): string[] {
  const compare = (what: "labels" | "taints", say: (name: string, value: string) => string) =>
    [...new Set([...Object.keys(before[what]), ...Object.keys(after[what])])].sort().flatMap((name) => {
      const [from, to] = [before, after].map((side): string | undefined =>
        Object.hasOwn(side[what], name) ? side[what][name] : undefined,
      );
      if (from === to) return [];
      if (from === undefined) return [`${say(name, to!)} is added`];
      if (to === undefined) return [`${say(name, from)} is taken off`];
      return [`${say(name, from)} becomes ${say(name, to).split(" ")[1]}`];
    });
  return [
    ...compare("labels", (key, value) => `label ${key}=${value}`),
    ...compare("taints", (name, value) => `taint ${taintText(name, value)}`),
  ];
}

/** Taints that evict pods and that the node did not have, or with another value. */
export function evicting(before: LabelsAndTaints, after: LabelsAndTaints): string[] {
  return Object.entries(after.taints)
    .filter(([name, value]) => name.endsWith(":NoExecute") && before.taints[name] !== value)
    .map(([name, value]) => taintText(name, value));
}

/** As kubectl taint has it. */
function taintText(name: string, value: string): string {
  const [key, effect] = name.split(":");
  return `${key}${value && `=${value}`}:${effect}`;
}

/** No two taints of a node have the same key and effect. */
const nameOf = ({ key, effect }: Taint) => `${key}:${effect}`;

function labelChanges(
  { metadata: { labels: now = {} } }: NodeObject,
  wanted: LabelsAndTaints,
  ours: Names,
): Record<string, string | null> {
  const gone = ours.labels.filter((key) => Object.hasOwn(now, key) && !Object.hasOwn(wanted.labels, key));
  const changed = Object.entries(wanted.labels).filter(([key, value]) => now[key] !== value);
  return Object.fromEntries([...gone.map((key) => [key, null] as const), ...changed]);
}

/** All taints of the node, where they have to be others. */
function taintsAfter(node: NodeObject, wanted: LabelsAndTaints, ours: Names): Taint[] | undefined {
  const now = node.spec?.taints ?? [];
  const as = (name: string): Taint => {
    const [key, effect] = name.split(":");
    return { key, ...(wanted.taints[name] ? { value: wanted.taints[name] } : {}), effect };
  };
  const isWanted = (name: string) => Object.hasOwn(wanted.taints, name);
  const isRight = (taint: Taint) => wanted.taints[nameOf(taint)] === (taint.value ?? "");
  const kept = now.filter((taint) => isWanted(nameOf(taint)) || !ours.taints.includes(nameOf(taint)));
  const there = new Set(now.map(nameOf));
  const added = Object.keys(wanted.taints).filter((name) => !there.has(name));
  const isSame = kept.length === now.length && added.length === 0;
  if (isSame && kept.every((taint) => !isWanted(nameOf(taint)) || isRight(taint))) return undefined;
  return [
    ...kept.map((taint) => (!isWanted(nameOf(taint)) || isRight(taint) ? taint : as(nameOf(taint)))),
    ...added.map(as),
  ];
}

const namesOf = ({ labels, taints }: LabelsAndTaints): Names => ({
  labels: Object.keys(labels).sort(),
  taints: Object.keys(taints).sort(),
});

/** Those that are ours, by what is known and by what the node says. */
function namesOn({ metadata: { annotations } }: NodeObject, known: Known): Names {
  const [last, said] = [namesOf(known), unsealed(annotations?.[OURS], known)];
  return { labels: [...last.labels, ...said.labels], taints: [...last.taints, ...said.taints] };
}

const sealed = (names: Names, known: Known): string =>
  JSON.stringify({ ...names, seal: sealOf(names, known).toString("base64url") });

/** Nothing where the seal is not ours. */
function unsealed(annotation: string | undefined, known: Known): Names {
  try {
    const { seal, labels, taints } = JSON.parse(annotation!) as Names & { seal: string };
    if (timingSafeEqual(Buffer.from(seal, "base64url"), sealOf({ labels, taints }, known)))
      return { labels, taints };
  } catch {
    // There is none, or somebody has written something else there.
  }
  return { labels: [], taints: [] };
}

const sealOf = ({ labels, taints }: Names, { node, secret }: Known): Buffer =>
  createHmac("sha256", secret)
    .update(JSON.stringify([OURS, node, labels, taints]))
    .digest();

const only = (entries: (readonly [string, string])[], names: readonly string[]): Record<string, string> =>
  Object.fromEntries(entries.filter(([name]) => names.includes(name)));
