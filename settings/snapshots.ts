import { resolve } from "node:path";
import { type IsPlain } from "./plain-text";
import { readS3, type S3Settings } from "./s3";
import { type Section } from "./section";

/** Whether the master may be replaced where its etcd gives no snapshot. */
export const BEFORE_REPLACEMENT = ["required", "tried"] as const;

/** Where snapshots of etcd lie on the operator's box, and for how long. */
export interface SnapshotSettings {
  /** Absolute path. */
  folder: string;
  /** How many are kept at most; at least 1. */
  keep: number;
  /** Whole days after which one goes; the newest stays. */
  days: number;
  beforeReplacement: (typeof BEFORE_REPLACEMENT)[number];
  /** Where each is uploaded to as well. */
  s3?: S3Settings;
}

const KEY = "snapshots";
const KNOWN = ["folder", "keep", "days", "beforeReplacement", "s3"];
const KEEP = { min: 1, max: 10_000, because: "the newest always stays" };
const DAYS = { min: 1, max: 36_500, because: "days are whole" };
const PRESET = { keep: 20, days: 90, beforeReplacement: "required" } as const;

/**
 * Reads where snapshots of etcd go, and reports what is wrong with that.
 * @param isPlain whether Pulumi keeps a value in plain text, by its path within `kluster:`
 */
export function readSnapshots(
  section: Section,
  { stack, projectFolder, isPlain }: { stack: string; projectFolder: string; isPlain: IsPlain },
): SnapshotSettings {
  const folder = `.kluster/snapshots/${stack}`;
  const preset = { ...PRESET, folder: resolve(projectFolder, folder) };
  const table = section.table(KEY, `a table of ${KNOWN.join(", ")}`);
  if (!table) return preset;
  table.onlyKnown(KNOWN);
  const s3 = readS3(table, stack, isPlain);
  const path = table.text("folder", "the path of a folder, from the project's folder on", folder);
  return {
    folder: path === undefined ? preset.folder : resolve(projectFolder, path),
    keep: table.integer("keep", KEEP, PRESET.keep) ?? PRESET.keep,
    days: table.integer("days", DAYS, PRESET.days) ?? PRESET.days,
    beforeReplacement:
      table.choice("beforeReplacement", BEFORE_REPLACEMENT, PRESET.beforeReplacement) ??
      PRESET.beforeReplacement,
    ...(s3 && { s3 }),
  };
}
