import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkout, labOutput, stack, testState } from "../support/lab";
import { deployment, previewFindsNothing } from "../support/pulumi";

const OTHER = "other";

/**
 * `pulumi stack rename`, in a folder that has the project's file alone: the CLI also renames the settings file beside
 * it, and the checkout's belongs to Git.
 */
async function rename(from: string, to: string): Promise<void> {
  const folder = join(testState, "project");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(checkout, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await labOutput(["pulumi", "--cwd", folder, "stack", "rename", to, "--stack", from]);
}

/** All that the stack hands out, keys included, and the id of every resource. */
async function held(): Promise<{ outputs: string; ids: Record<string, string | undefined> }> {
  const outputs = await labOutput([
    "pulumi",
    "stack",
    "output",
    "--json",
    "--show-secrets",
    "--stack",
    stack,
  ]);
  const { resources = [] } = await deployment();
  return { outputs, ids: Object.fromEntries(resources.map(({ urn, id }) => [urn, id])) };
}

export function renamed(): void {
  test("a stack that is renamed, there and back, finds nothing to do and keeps every key and machine", async () => {
    const before = await held();
    await rename(stack, OTHER);
    try {
      await labOutput(["pulumi", "preview", "--expect-no-changes", "--stack", OTHER]);
      await labOutput(["pulumi", "up", "--yes", "--expect-no-changes", "--stack", OTHER]);
    } finally {
      await rename(OTHER, stack);
    }
    await previewFindsNothing();
    expect(await held()).toEqual(before);
  });
}
