import { Run, RunOptions } from "../../provider/process";

/**
 * Runs a command that has to succeed.
 * @returns its standard output without the last line's end
 * @throws Error with the command and what it said
 */
export async function must(
  run: Run,
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeout: 30_000, ...options });
  if (code !== 0)
    throw new Error(
      `${[command, ...args].join(" ")} failed with exit code ${code}: ${(stderr || stdout).trim()}`,
    );
  return stdout.trimEnd();
}
