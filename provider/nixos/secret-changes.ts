import { SecretFile, Secrets } from "./system";

/** The secrets of a machine: where they belong, and what they are. */
export interface MachineSecrets {
  secretFiles: readonly SecretFile[];
  secrets: Secrets;
}

/** Names of secrets that a change touches, and units that restart for them. */
export interface SecretChanges {
  changed: string[];
  removed: string[];
  restarted: string[];
}

/** Compares by content and by place; a state from long ago may have neither. What they are is told to nobody. */
export function secretChanges(before: Partial<MachineSecrets>, after: MachineSecrets): SecretChanges {
  // What is in a file that only begins with the system is another resource's to say (components/trust.ts).
  const content = ({ secret, first }: SecretFile, secrets: Partial<Secrets>) =>
    first ? undefined : secrets[secret];
  const known = ({ secretFiles = [], secrets = {} }: Partial<MachineSecrets>) =>
    new Map(
      secretFiles.map((file) => [file.secret, JSON.stringify([placeOf(file), content(file, secrets)])]),
    );
  const [old, now] = [known(before), known(after)];
  const contentChanged = (file: SecretFile) =>
    old.has(file.secret) && content(file, before.secrets ?? {}) !== content(file, after.secrets);
  return {
    changed: [...now].filter(([name, is]) => old.get(name) !== is).map(([name]) => name),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    restarted: [
      ...new Set(after.secretFiles.filter(contentChanged).flatMap((file) => file.restartUnits ?? [])),
    ],
  };
}

/** Which units restart is no part of the file. */
function placeOf({ restartUnits: _, ...place }: SecretFile): unknown {
  return Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1));
}
