import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, parseAllDocuments, parseDocument, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { type Entries, type Entry, isOurs, type List, LISTS, namesOf, wholeKubeconfig } from "./entries";

/** A kubeconfig can't be changed; the message says why and what to do. Holds nothing that the file says. */
export class KubeconfigError extends Error {}

const lists = Object.keys(LISTS) as List[];

type Content = Record<string, unknown>;

/**
 * Puts a stack's entries into a kubeconfig, in place of those that it has of that stack. All other text stays as it is,
 * byte for byte. The current context stays, too, where there is one.
 * @param text "" for a file that is not there
 * @throws KubeconfigError
 */
export function merge(text: string, stack: string, entries: Entries): string {
  const before = read(text);
  if (before === null) return `${text}${stringify(wholeKubeconfig(entries))}`;
  refuseForeign(before, stack);
  let edited = lists.reduce((now, list) => put(now, list, entries[list]), text);
  if (!before["current-context"]) edited = setScalar(edited, "current-context", entries.contexts.name);
  return proved(edited, before, stack, entries);
}

/**
 * Takes a stack's entries out of a kubeconfig, and leaves the rest as it is.
 * @throws KubeconfigError
 */
export function remove(text: string, stack: string): string {
  const before = read(text);
  if (before === null) return text;
  refuseForeign(before, stack);
  let edited = lists.reduce((now, list) => takeOut(now, list, namesOf(stack)[list]), text);
  if (before["current-context"] === namesOf(stack).contexts)
    edited = setScalar(edited, "current-context", "");
  return proved(edited, before, stack);
}

/** @returns null for an empty file */
function read(text: string): Content | null {
  const documents = parseAllDocuments(text, { version: "1.2" });
  if (!Array.isArray(documents) || documents.length === 0) return null;
  if (documents.length > 1)
    throw new KubeconfigError("it has several YAML documents; kubectl reads only the first");
  const [document] = documents;
  if (document.errors.length > 0) {
    const [{ linePos, code }] = document.errors;
    throw new KubeconfigError(
      `it is not YAML: ${code} in line ${linePos?.[0].line}. Correct it, and run this again`,
    );
  }
  const content = document.toJS() as unknown;
  if (content === null || content === undefined) return null;
  if (typeof content !== "object" || Array.isArray(content)) throw new KubeconfigError("it is no kubeconfig");
  for (const list of lists) {
    const value = (content as Content)[list];
    const isList = Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null);
    if (value !== undefined && value !== null && !isList)
      throw new KubeconfigError(`it is no kubeconfig: ${list} is no list of named entries`);
  }
  return content as Content;
}

const entriesIn = (content: Content, list: List) => (content[list] ?? []) as Entry[];

/** An entry of our name that we did not make is somebody else's. */
function refuseForeign(content: Content, stack: string): void {
  for (const list of lists) {
    const name = namesOf(stack)[list];
    if (!entriesIn(content, list).some((entry) => entry.name === name && !isOurs(list, entry))) continue;
    throw new KubeconfigError(
      `it has a ${LISTS[list]} "${name}" that was not made by kluster. Rename it, or take it out: kubectl config ${list === "contexts" ? "delete-context" : list === "users" ? "delete-user" : "delete-cluster"} ${name}`,
    );
  }
}

/** No file is written of which it is not certain that it says the same of everything else. */
function proved(text: string, before: Content, stack: string, entries?: Entries): string {
  const after = read(text) ?? {};
  const names = namesOf(stack);
  const others = (content: Content) => ({
    ...Object.fromEntries(Object.entries(content).filter(([key]) => key !== "current-context")),
    ...Object.fromEntries(
      lists.map((list) => [list, entriesIn(content, list).filter(({ name }) => name !== names[list])]),
    ),
  });
  const ours = lists.map((list) => entriesIn(after, list).filter(({ name }) => name === names[list]));
  const wanted = lists.map((list) => (entries ? [entries[list]] : []));
  if (isDeepStrictEqual(others(before), others(after)) && isDeepStrictEqual(ours, wanted)) return text;
  throw new KubeconfigError(
    "it is written in a way that can't be changed piece by piece; let kubectl write it anew (kubectl config view --raw), or name another file in KUBECONFIG",
  );
}

/** Where a value stands in the text: from its first character to behind its last. */
type Span = [from: number, to: number];
const spanOf = (node: { range?: [number, number, number] | null }): Span => [node.range![0], node.range![1]];
const replace = (text: string, [from, to]: Span, by: string) => text.slice(0, from) + by + text.slice(to);

function topOf(text: string): YAMLMap {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new KubeconfigError("it is no kubeconfig");
  return contents;
}

/** The list, where it has entries; and where its value stands otherwise, with undefined for a key that is not there. */
function listOf(text: string, list: List): { items?: YAMLSeq; span?: Span } {
  const value = topOf(text).get(list, true) as { range?: [number, number, number] } | undefined;
  if (value === undefined) return {};
  if (isSeq(value) && value.items.length > 0) return { items: value, span: spanOf(value) };
  return { span: spanOf(value) };
}

const nameOf = (item: unknown) => (isMap(item) ? item.get("name") : undefined);

function put(text: string, list: List, entry: Entry): string {
  const { items, span } = listOf(text, list);
  if (!span) return appendKey(text, list, [entry]);
  if (!items)
    return replace(text, span, ` ${JSON.stringify([entry])}`.slice(isSpaced(text, span[0]) ? 1 : 0));
  const at = items.items.findIndex((item) => nameOf(item) === entry.name);
  if (items.flow) {
    if (at >= 0) return replace(text, spanOf(items.items[at] as YAMLMap), JSON.stringify(entry));
    const [, end] = spanOf(items.items.at(-1) as YAMLMap);
    return replace(text, [end, end], `, ${JSON.stringify(entry)}`);
  }
  const block = blockOf(entry, columnOf(text, span[0]));
  if (at >= 0) return replace(text, linesOf(text, items, at), block);
  const [, end] = linesOf(text, items, items.items.length - 1);
  const isEnded = end === 0 || text[end - 1] === "\n";
  return replace(text, [end, end], isEnded ? block : `\n${block}`);
}

function takeOut(text: string, list: List, name: string): string {
  const { items, span } = listOf(text, list);
  const at = items?.items.findIndex((item) => nameOf(item) === name) ?? -1;
  if (!items || !span || at < 0) return text;
  if (items.items.length === 1) {
    if (items.flow) return replace(text, span, "[]");
    const [, end] = linesOf(text, items, 0);
    const key = text.slice(0, span[0]).trimEnd(); // ends in "clusters:", or in a comment below it
    return key.endsWith(":") ? `${key} []\n${text.slice(end)}` : replace(text, [span[0], end], "[]\n");
  }
  if (!items.flow) return replace(text, linesOf(text, items, at), "");
  const [from, to] = spanOf(items.items[at] as YAMLMap);
  return at > 0
    ? replace(text, [spanOf(items.items[at - 1] as YAMLMap)[1], to], "")
    : replace(text, [from, spanOf(items.items[1] as YAMLMap)[0]], "");
}

const isSpaced = (text: string, at: number) => /\s/.test(text[at - 1] ?? " ");

/** How far from the beginning of its line a character stands. */
const columnOf = (text: string, at: number) => at - (text.lastIndexOf("\n", at - 1) + 1);

/** The whole lines of an item of a list in block style, from that of its dash on. */
function linesOf(text: string, { items }: YAMLSeq, at: number): Span {
  const [first, end] = spanOf(items[at] as YAMLMap);
  const dash = text.lastIndexOf("-", first - 1);
  const from = text.lastIndexOf("\n", dash) + 1;
  const newline = text.indexOf("\n", text[end - 1] === "\n" ? end - 1 : end);
  return [from, newline < 0 ? text.length : newline + 1];
}

/** An item of a list in block style, as lines. */
const blockOf = (entry: Entry, column: number) =>
  stringify([entry], { lineWidth: 0 }).replace(/^(?=.)/gm, " ".repeat(column));

function appendKey(text: string, key: string, value: unknown): string {
  const top = topOf(text);
  if (top.flow) {
    const [from, to] = spanOf(top);
    const separator = top.items.length > 0 ? ", " : "";
    const end = text.lastIndexOf("}", to - 1);
    return replace(
      text,
      [end, end],
      `${from < end ? separator : ""}${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
  }
  const end = /\n\.\.\.\s*$/.exec(text)?.index ?? text.length;
  const before = text.slice(0, end);
  return `${before}${before.endsWith("\n") ? "" : "\n"}${stringify({ [key]: value }, { lineWidth: 0 })}${text.slice(end)}`;
}

function setScalar(text: string, key: string, value: string): string {
  const node = topOf(text).get(key, true) as { range?: [number, number, number] } | undefined;
  if (!node) return value === "" ? text : appendKey(text, key, value);
  const span = spanOf(node);
  return replace(text, span, `${isSpaced(text, span[0]) ? "" : " "}${JSON.stringify(value)}`);
}
