import { type Proposal } from "./advice";
import {
  currentName,
  KEY_RULE,
  keyFault,
  OPEN_LABELS,
  ownerOf,
  VALUE_RULE,
  valueFault,
} from "./qualified-name";
import { isTable, type Section } from "./section";
import { suggestion } from "./suggestion";

const EXAMPLE = `labels = { "example.org/disk" = "ssd" }`;
const OPEN = `a key of your own (${KEY_RULE}), node-role.kubernetes.io/…, node-restriction.kubernetes.io/…, ${OPEN_LABELS.join(", ")}`;

/** Reads the labels that a host's node gets, and reports every one that Kubernetes does not take, or keeps for itself. */
export function readLabels(host: Section): Record<string, string> {
  const section = host.table("labels", `a table of texts: ${EXAMPLE}`);
  if (!section) return {};
  const labels: Record<string, string> = {};
  for (const key of section.keys) {
    const value = isRightKey(section, key) ? readValue(section, key) : undefined;
    if (value !== undefined) labels[key] = value;
  }
  return labels;
}

function isRightKey(section: Section, key: string): boolean {
  const refuse = (what: string, allowed: string, meant?: string) => {
    section.refuse(key, { value: undefined, what, allowed, next: section.renameOrRemove(key, meant) });
    return false;
  };
  if (isTable(section.raw(key))) {
    const quoted = `"${pathsOf(section.raw(key), key)[0]}"`;
    section.refuse(key, {
      value: undefined,
      what: "a table: a dot in a key begins one, where the key has no quotes",
      allowed: `texts by their keys: ${EXAMPLE}`,
      next: `put the whole key in quotes: ${quoted}`,
    });
    return false;
  }
  const fault = keyFault(key);
  if (fault) return refuse(fault.what, KEY_RULE, fault.meant);
  const owner = ownerOf(key, "label");
  if (owner === undefined) return true;
  return refuse(`labels of ${owner} belong to Kubernetes`, OPEN, currentName(key) ?? nearLabel(key));
}

function readValue(section: Section, key: string): string | undefined {
  const written = section.raw(key);
  const refuse = (what: string, next: Proposal) =>
    void section.refuse(key, { what, allowed: VALUE_RULE, next });
  if (typeof written !== "string") {
    const meant = ["number", "boolean"].includes(typeof written) ? [String(written)] : [];
    const right = [...meant.filter((text) => !valueFault(text)), "ssd"];
    return refuse("not text", section.propose(key, right));
  }
  const fault = valueFault(written);
  if (!fault) return written;
  const { what, meant } = fault;
  return refuse(what, meant === undefined ? section.propose(key, ["ssd"]) : section.proposeMeant(key, meant));
}

/** The one of the same domain whose name it nearly is. */
function nearLabel(key: string): string | undefined {
  const domain = key.slice(0, key.indexOf("/") + 1);
  const names = OPEN_LABELS.filter((label) => label.startsWith(domain)).map((label) =>
    label.slice(domain.length),
  );
  const name = suggestion(key.slice(domain.length), names);
  return name && domain + name;
}

/** The keys that an unquoted one has been taken apart from. */
function pathsOf(value: unknown, path: string): string[] {
  if (!isTable(value)) return [path];
  const inner = Object.entries(value).flatMap(([key, member]) => pathsOf(member, `${path}.${key}`));
  return inner.length ? inner : [path];
}
