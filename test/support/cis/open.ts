import { readFileSync } from "node:fs";
import { join } from "node:path";

const checkout = join(__dirname, "../../..");

/** Checks of the benchmark that docs/security.md names as not passed, or as not kluster's to decide. */
export function openChecks(): string[] {
  const text = readFileSync(join(checkout, "docs/security.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("The CIS benchmark"));
  if (!section) throw new Error("docs/security.md has no section “The CIS benchmark”");
  const cells = [...section.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell]) => cell);
  return cells.flatMap((cell) => cell.match(/\d+(\.\d+)+/g) ?? []);
}

/** Of these checks, those that are open. */
export const openAmong = (ids: string[]): string[] => {
  const open = openChecks();
  return ids.filter((id) => open.includes(id));
};
