import { isDeepStrictEqual } from "node:util";

/** A place in a list: of the old one where something was deleted, of the new one otherwise. */
export interface ListChange {
  at: number;
  kind: "ADD" | "DELETE" | "UPDATE";
}

/** The shortest edit that makes one list of another; what leaves and comes at the same place is an update. */
export function listChanges(old: readonly unknown[], wanted: readonly unknown[]): ListChange[] {
  const common = longestCommon(old, wanted);
  const deleted = new Set(old.keys());
  const added = new Set(wanted.keys());
  for (const [from, to] of common) {
    deleted.delete(from);
    added.delete(to);
  }
  return [...new Set([...deleted, ...added])].map((at) => ({
    at,
    kind: !deleted.has(at) ? "ADD" : added.has(at) ? "UPDATE" : "DELETE",
  }));
}

/** Pairs of places of a longest common subsequence. */
function longestCommon(a: readonly unknown[], b: readonly unknown[]): [number, number][] {
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i][j] = isDeepStrictEqual(a[i], b[j])
        ? length[i + 1][j + 1] + 1
        : Math.max(length[i + 1][j], length[i][j + 1]);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (isDeepStrictEqual(a[i], b[j])) pairs.push([i++, j++]);
    else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}
