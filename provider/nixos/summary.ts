import { createHash } from "node:crypto";
import { isTrue, parseUnitFile, UnitFile, unitNames } from "./unit-file";

/** What nix/summary.nix says of a system. */
export interface Described {
  kernel: string | null;
  kernelVersion: string;
  initrd: string | null;
  kernelParams: string[];
  kernelModules: string[];
  inhibitors: Record<string, string>;
  packages: Record<string, string[]>;
  units: Record<string, { text: string; wantedBy: string[]; requiredBy: string[] }>;
}

/** Another one whenever {@link summarize} makes something else of the same: summaries of two versions tell nothing. */
export const SUMMARY_VERSION = 1;

/** The same, as small as it can be kept in the state. It holds nothing secret: all of it is in the Nix store. */
export interface Summary extends Omit<Described, "units"> {
  version: number;
  /** Of the system that it is of. */
  storePath: string;
  units: Record<string, Unit>;
}

/** What happens to a running unit when its settings change. */
export type OnChange = "restart" | "reload" | "keep";

/** What switch-to-configuration would look at in a unit. */
export interface Unit {
  /** Stands for the settings whose change is acted on. */
  settings: string;
  /** Stands for those that only ask for a reload. */
  reload: string;
  onChange: OnChange;
  /** Whether it can be expected to run: something that is there all the time wants it, and it does not end by itself. */
  runs: boolean;
  /** Whether it is stopped when the new system has none of that name. */
  stopOnRemoval: boolean;
}

/** Settings that nothing is done about (switch-to-configuration-ng, main.rs: unit_section_ignores). */
const IGNORED = new Set(
  [
    ...["Description", "Documentation", "OnFailure", "OnSuccess", "OnFailureJobMode", "IgnoreOnIsolate"],
    ...[
      "StopWhenUnneeded",
      "RefuseManualStart",
      "RefuseManualStop",
      "AllowIsolate",
      "CollectMode",
      "SourcePath",
    ],
  ].map((key) => `Unit/${key}`),
);
const RELOADED = new Set(["Unit/X-Reload-Triggers", "Mount/Options"]);
/** Targets that no running machine is at. */
const ELSEWHERE =
  /^(initrd.*|rescue|emergency|shutdown|umount|final|reboot|poweroff|halt|kexec|exit|sleep|suspend|hibernate|hybrid-sleep|suspend-then-hibernate)\.target$/;
const PULLS = ["Unit/Wants", "Unit/Requires", "Unit/Requisite", "Unit/BindsTo", "Unit/Upholds"];

/** Makes of a described system what is kept of it. */
export function summarize(storePath: string, { units, ...described }: Described): Summary {
  const files = Object.fromEntries(
    Object.entries(units).map(([name, { text }]) => [name, parseUnitFile(text)]),
  );
  const pulled = new Set(
    Object.values(files).flatMap((file) => PULLS.flatMap((setting) => unitNames(file, setting))),
  );
  const summarized = Object.entries(units).map(([name, { wantedBy, requiredBy }]) => {
    const file = files[name];
    const wanted = [...wantedBy, ...requiredBy].some((target) => !ELSEWHERE.test(target)) || pulled.has(name);
    const unit: Unit = {
      settings: hash([...file].filter(([key]) => !IGNORED.has(key) && !RELOADED.has(key))),
      reload: hash([...file].filter(([key]) => RELOADED.has(key))),
      onChange: onChange(name, file),
      runs: wanted && !endsByItself(file) && !/@\./.test(name),
      stopOnRemoval: isTrue(file, "Unit/X-StopOnRemoval", true),
    };
    return [name, unit] as const;
  });
  return { version: SUMMARY_VERSION, storePath, ...described, units: Object.fromEntries(summarized) };
}

/** What switch-to-configuration does with a unit whose settings are others (its handle_modified_unit). */
function onChange(name: string, file: UnitFile): OnChange {
  if (/\.(target|slice|path|socket)$/.test(name)) return "keep";
  if (/\.mount$/.test(name)) return ["-.mount", "nix.mount"].includes(name) ? "reload" : "restart";
  if (isTrue(file, "Service/X-ReloadIfChanged", false)) return "reload";
  const kept =
    !isTrue(file, "Service/X-RestartIfChanged", true) ||
    isTrue(file, "Unit/RefuseManualStop", false) ||
    isTrue(file, "Unit/X-OnlyManualStart", false);
  return kept ? "keep" : "restart";
}

function endsByItself(file: UnitFile): boolean {
  return file.get("Service/Type")?.at(-1) === "oneshot" && !isTrue(file, "Service/RemainAfterExit", false);
}

/** Short: it only has to differ, and there are hundreds in the state. */
function hash(settings: [string, readonly string[]][]): string {
  if (settings.length === 0) return "";
  const text = JSON.stringify(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

/**
 * The version of Kubernetes that a system has, as "1.36.1".
 * @returns undefined where that is not known, or it has more than one
 */
export function kubernetesOf(summary: Summary | undefined): string | undefined {
  const versions = summary?.packages.kubernetes ?? [];
  return versions.length === 1 ? versions[0] : undefined;
}
