import { readdirSync, lstatSync } from "node:fs";
import { join } from "node:path";

const checkout = join(__dirname, "..", "..");
/** What .gitignore names, and Git's own. */
const ignored = [".git", "node_modules", "build", ".kluster", "kubeconfig"];

/** Every file of the checkout with its size and when it was written last: what tests must leave as it is. Asks no Git. */
export function checkoutFiles(folder = checkout): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => folder !== checkout || !ignored.includes(name))
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return checkoutFiles(path);
      const { size, mtimeMs } = lstatSync(path);
      return `${path} ${size} ${mtimeMs}\n`;
    })
    .join("");
}
