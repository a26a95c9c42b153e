import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { bundled } from "./plugin";

const official = join(
  process.env.KLUSTER_TOOLCHAIN ?? "/nonexistent",
  "plugins/resource-command-v1.2.1/pulumi-resource-command",
);

/** A program for this machine, and not a launcher of the stand-in. */
function isElf(file: string): boolean {
  if (!existsSync(file)) return false;
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, "r");
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.equals(Buffer.from("\x7fELF", "latin1"));
}

/** The same tests for the stand-in and, where it is at hand, for the official plugin that it stands in for. */
export function describeCommandPlugins(name: string, tests: (command: () => string[]) => void): void {
  describe(`the stand-in of the command plugin ${name}`, () => {
    let bundle: string;
    beforeAll(() => void (bundle = bundled("command")));
    tests(() => [process.execPath, bundle]);
  });
  if (isElf(official)) describe(`the official command plugin ${name}`, () => tests(() => [official]));
  else
    describe.skip(`the official command plugin ${name} (it is not in $KLUSTER_TOOLCHAIN)`, () =>
      tests(() => []));
}
