import { isMap, isSeq, parseDocument, type Document, type ParsedNode } from "yaml";

/** What a backup holds, as JSON; all of it secret. */
export interface Bundle {
  format: "kluster-backup/1";
  /** ISO 8601 in UTC. */
  time: string;
  /** Name of the stack, without organisation and project. */
  stack: string;
  /** `pulumi stack export --show-secrets`. */
  state: Exported;
  /** The stack's file, without what is encrypted by the passphrase of then. */
  stackFile: string;
  /** Secrets of the stack's file, in plain text. */
  secrets: { path: string[]; value: string }[];
  /** Inventory and NixOS modules, by paths from the project's folder on. */
  files: Record<string, string>;
}

export interface Exported {
  version: number;
  deployment: { manifest?: unknown; secrets_providers?: unknown; resources?: { urn: string }[] };
}

const FORMAT = "kluster-backup/1";

/** @throws Error that names nothing of what it holds */
export function readBundle(text: string): Bundle {
  let bundle: Partial<Bundle> | undefined;
  try {
    bundle = JSON.parse(text) as Partial<Bundle>;
  } catch {
    // said below
  }
  if (bundle?.format !== FORMAT) throw new Error("it is no backup that this version of kluster can read");
  return bundle as Bundle;
}

export const bundle = (parts: Omit<Bundle, "format">): Bundle => ({ format: FORMAT, ...parts });

/**
 * A stack's file without what only its passphrase can read: the salt, and each value that Pulumi has encrypted. The rest
 * stays as it is written.
 * @returns also where such values were, each as a list of keys; an index of a list is a number as text
 */
export function withoutSecrets(text: string): { text: string; paths: string[][] } {
  const document = parseDocument(text);
  const paths: string[][] = [];
  if (!isMap(document.contents)) return { text, paths };
  const config = document.get("config", true);
  if (config !== undefined) collect(config as ParsedNode, [], paths);
  for (const path of [...paths].reverse()) removeIn(document, ["config", ...path]); // a list's indexes shift
  const salted = ["encryptionsalt", "encryptedkey", "secretsprovider"].filter((key) => document.delete(key));
  return { text: paths.length + salted.length > 0 ? document.toString() : text, paths };
}

function collect(node: ParsedNode | null, path: string[], found: string[][]): void {
  if (isMap(node)) {
    if (path.length > 0 && node.items.length === 1 && String(node.items[0].key) === "secure")
      return void found.push(path);
    for (const { key, value } of node.items) collect(value, [...path, String(key)], found);
  } else if (isSeq(node)) node.items.forEach((item, i) => collect(item, [...path, String(i)], found));
}

/** Also takes out what is empty then. */
function removeIn(document: Document, path: string[]): void {
  document.deleteIn(path.map((key) => (/^\d+$/.test(key) ? Number(key) : key)));
  const parent = path.slice(0, -1);
  const left = parent.length > 1 ? document.getIn(parent, true) : undefined;
  if ((isMap(left) || isSeq(left)) && left.items.length === 0) removeIn(document, parent);
}

/**
 * The plain text at a path.
 * @param config what `pulumi config --json --show-secrets` says
 */
export function plainAt(
  config: Record<string, { value?: string; objectValue?: unknown }>,
  [key, ...rest]: string[],
): string | undefined {
  const entry = config[key];
  if (!entry) return undefined;
  if (rest.length === 0) return entry.value;
  let value = entry.objectValue;
  for (const part of rest) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === "string" ? value : value === undefined ? undefined : JSON.stringify(value);
}

/** As `pulumi config set --path` takes it: kluster:secrets["wi.fi"]. */
export const configPath = ([key, ...rest]: string[]): string =>
  key + rest.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `[${JSON.stringify(part)}]`)).join("");

/**
 * A state that a new stack can import: its secrets, which are in plain text, are encrypted as that stack does it.
 * @param fresh what is exported of the new stack
 */
export function asStateOf(state: Exported, fresh: Exported): Exported {
  return {
    ...state,
    deployment: { ...state.deployment, secrets_providers: fresh.deployment.secrets_providers },
  };
}
