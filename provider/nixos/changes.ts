import { disturbsPods, takesApiDown } from "./disturbance";
import { Summary, Unit } from "./summary";

/** What differs between two systems, as far as their evaluation tells. */
export interface SystemChanges {
  packages: { added: string[]; removed: string[]; changed: string[] };
  units: Record<"start" | "stop" | "restart" | "reload" | "keep", string[]>;
  /** Why the running machine will only be like the new system after a reboot. */
  reboot: string[];
  /** What makes the running system refuse the new one. */
  refused: string[];
}

/** What changes from one system to another. */
export function systemChanges(before: Summary, after: Summary): SystemChanges {
  return {
    packages: packageChanges(before.packages, after.packages),
    units: unitChanges(before.units, after.units),
    reboot: rebootReasons(before, after),
    refused: Object.keys({ ...before.inhibitors, ...after.inhibitors })
      .filter((name) => before.inhibitors[name] !== after.inhibitors[name])
      .sort(),
  };
}

type Versions = Record<string, string[]>;

function packageChanges(before: Versions, after: Versions): SystemChanges["packages"] {
  const show = (name: string, versions: string[]) => `${name} ${versions.join(", ")}`;
  const only = (having: Versions, without: Versions) =>
    names(having)
      .filter((name) => !without[name])
      .map((name) => show(name, having[name]));
  const changed = names(after)
    .filter((name) => before[name] && before[name].join() !== after[name].join())
    .map((name) => `${show(name, before[name])} → ${after[name].join(", ")}`);
  return { added: only(after, before), removed: only(before, after), changed };
}

function unitChanges(before: Record<string, Unit>, after: Record<string, Unit>): SystemChanges["units"] {
  const changes: SystemChanges["units"] = { start: [], stop: [], restart: [], reload: [], keep: [] };
  for (const name of names({ ...before, ...after })) {
    const [old, unit] = [before[name], after[name]];
    // Targets are only names for what they want, and slices have nothing to be started.
    if (/\.(target|slice)$/.test(name)) continue;
    if (!unit) {
      if (old.runs && old.stopOnRemoval) changes.stop.push(name);
    } else if (!old || !old.runs) {
      if (unit.runs) changes.start.push(name);
    } else if (old.settings !== unit.settings) {
      changes[unit.onChange].push(name);
    } else if (old.reload !== unit.reload) {
      changes.reload.push(name);
    }
  }
  return changes;
}

function rebootReasons(before: Summary, after: Summary): string[] {
  const same = (a: readonly string[], b: readonly string[]) => a.join("\n") === b.join("\n");
  const [old, now] = [before.kernelVersion, after.kernelVersion];
  return [
    ...(before.kernel === after.kernel
      ? []
      : [old === now ? `another build of the kernel ${now}` : `kernel ${old} → ${now}`]),
    ...(same([...before.kernelModules].sort(), [...after.kernelModules].sort()) ? [] : ["kernel modules"]),
    ...(same(before.kernelParams, after.kernelParams)
      ? []
      : [`kernel parameters ${parameterChanges(before, after)}`]),
    ...(before.initrd === after.initrd ? [] : ["initrd"]),
  ];
}

/** "+quiet -debug", or "in another order". */
function parameterChanges(before: Summary, after: Summary): string {
  const added = after.kernelParams.filter((word) => !before.kernelParams.includes(word));
  const removed = before.kernelParams.filter((word) => !after.kernelParams.includes(word));
  const words = [...added.map((word) => `+${word}`), ...removed.map((word) => `-${word}`)];
  return words.join(" ") || "in another order";
}

const names = (record: object): string[] => Object.keys(record).sort();

/** What a change means to a machine, beside its system. */
export interface MachineChange {
  machine: string;
  /** Store paths; `after` is undefined where it will only be known during the run. */
  before: string;
  after?: string;
  /** Of the systems; undefined where one is not known. */
  summaries: { before?: Summary; after?: Summary };
  /** Names of secrets that are placed anew, and of those that go; undefined where that will only be known during the run. */
  secrets?: { changed: string[]; removed: string[] };
  /** Units that restart as a secret of theirs has changed. */
  restartedBySecrets: string[];
  /** Whether another change was begun and is not proved, so that the machine may run neither system. */
  unproved?: boolean;
  /** Absent where nobody knows the cluster that it is a part of. */
  cluster?: ClusterOfMachine;
  /** What kluster:rollback asks for, if anything. */
  rollback?: { before?: string; after?: string };
}

/** What a change of a machine means to its cluster. */
export interface ClusterOfMachine {
  isMaster: boolean;
  /** How many there are. */
  machines: number;
  /** Whether a reboot that is needed is done. */
  reboots: boolean;
  /** Why all machines change at once and not one after the other; nothing: they do not. */
  atOnce: readonly string[];
}

/** The change as a short table: what, and then what of it. */
export function describeChange(change: MachineChange): string {
  const { machine, before, after, summaries, secrets, cluster } = change;
  const rows: [string, string][] = [];
  let heading = `${machine}: the system stays ${before}`;
  let restarted = change.restartedBySecrets;
  const away = [...restarted];
  let reboots = false;
  if (after === undefined)
    heading = `${machine}: ${before} → a system that is known as soon as it can be evaluated`;
  else if (before !== after) {
    heading = `${machine}: ${before} → ${after}`;
    if (summaries.before && summaries.after) {
      const changes = systemChanges(summaries.before, summaries.after);
      rows.push(...systemRows(changes, cluster));
      reboots = (cluster?.reboots ?? false) && changes.reboot.length > 0;
      const disturbed = disturbsPods(summaries.before, summaries.after, changes);
      if (cluster) rows.push(...podRows([...disturbed, ...(reboots ? ["it reboots"] : [])], cluster));
      away.push(...changes.units.restart, ...changes.units.stop);
      const acted = new Set([...changes.units.restart, ...changes.units.start, ...changes.units.stop]);
      restarted = restarted.filter((name) => !acted.has(name));
    } else {
      rows.push(["contents", "not known of the system before; from the next change on they are"]);
      if (cluster) rows.push(...podRows(["what restarts is not known"], cluster));
    }
  }
  if (change.rollback?.after !== undefined) rows.unshift(["rollback", sayRollback(change.rollback.after)]);
  else if (change.rollback?.before !== undefined)
    rows.unshift(["rollback", "is over: forward to what the configuration gives"]);
  if (change.unproved)
    rows.push(["unproved", "a change was begun before; what the machine runs is looked at by the run"]);
  if (!secrets) rows.push(["secrets", "known during the run"]);
  else {
    const parts = [
      list("", secrets.changed),
      list("gone: ", secrets.removed),
      list("for them restart ", restarted),
    ].filter(Boolean);
    if (parts.length) rows.push(["secrets", parts.join("; ")]);
  }
  const api = reboots ? ["the master reboots"] : takesApiDown(away).map((unit) => `${unit} restarts`);
  if (cluster?.isMaster !== false && api.length)
    rows.push(["API", `away for a while: ${[...new Set(api)].join("; ")}`]);
  if (cluster?.atOnce.length)
    rows.push(["order", `all machines at once, none drained: ${cluster.atOnce.join("; ")}`]);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [heading, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join("\n");
}

/** What becomes of the pods of the machine. */
function podRows(reasons: readonly string[], { machines, atOnce }: ClusterOfMachine): [string, string][] {
  if (reasons.length === 0) return [];
  const go = atOnce.length
    ? "are disturbed"
    : machines > 1
      ? "move to other nodes first"
      : "are disturbed, as there is no other node";
  return [["pods", `${go}: ${reasons.join("; ")}`]];
}

const sayRollback = (wish: string) =>
  `${wish === "previous" ? "to the system of before" : "to an earlier system"}, as kluster:rollback says; nothing is built or copied`;

function systemRows(
  { packages, units, reboot, refused }: SystemChanges,
  cluster?: ClusterOfMachine,
): [string, string][] {
  const whose =
    cluster && (cluster.reboots ? "; done by this run" : "; left to you (kluster:reboot is never)");
  const joined = (parts: string[]) => parts.filter(Boolean).join("; ") || "the same";
  return [
    [
      "packages",
      joined([list("", packages.changed), list("new: ", packages.added), list("gone: ", packages.removed)]),
    ],
    [
      "units",
      joined([
        list("restart ", units.restart),
        list("reload ", units.reload),
        list("start ", units.start),
        list("stop ", units.stop),
        list(
          "changed, but left running by its own word: ",
          units.keep.filter((name) => !/\.(path|socket)$/.test(name)),
        ),
      ]),
    ],
    ["reboot", reboot.length ? `needed: ${reboot.join("; ")}${whose ?? ""}` : "not needed"],
    ...(refused.length
      ? [
          ["switch", `refused by the running system, as these change: ${refused.join(", ")}`] as [
            string,
            string,
          ],
        ]
      : []),
  ];
}

/** More than this of anything is told by number: a new nixpkgs changes everything. */
const SHOWN = 12;

function list(before: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  const more = items.length > SHOWN ? [`and ${items.length - SHOWN} more`] : [];
  return before + [...items.slice(0, SHOWN), ...more].join(", ");
}
