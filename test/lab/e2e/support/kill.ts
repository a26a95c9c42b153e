import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkout, labOutput, stack, testState } from "./lab";
import { tryPulumi } from "./pulumi";
import { eventually } from "./wait";

/** The CLI's process id, as the lab numbers processes. */
const pidFile = join(testState, "pulumi.pid");

/** Starts a pulumi command, kills the CLI with SIGKILL once `moment` has come, and waits for our provider to end. */
export async function killDuring(action: "up" | "destroy", moment: () => Promise<boolean>): Promise<void> {
  rmSync(pidFile, { force: true });
  const script = `echo $$ > ${pidFile}; exec pulumi ${action} --yes --stack ${stack}`;
  const child = spawn("lab/lab", ["run", "--", "bash", "-c", script], {
    cwd: checkout,
    env: process.env, // jest's, which names the lab
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const tooLate = ended.then(() => {
    throw new Error(`pulumi ${action} ended before the moment to kill it`);
  });
  const inTime = eventually(`the moment to kill pulumi ${action}`, 300, async () => {
    if (!existsSync(pidFile) || !(await moment())) throw new Error("not yet");
  });
  await Promise.race([inTime, tooLate]);
  await labOutput(["kill", "-KILL", readFileSync(pidFile, "utf8").trim()]);
  await ended;
  await tryPulumi(["cancel", "--yes"]); // the lock that the killed one left
  // Pulumi's own language host and plugins end by themselves minutes later; they start nothing new.
  await eventually("our provider to notice that its engine is gone", 60, async () => {
    const running = await labOutput(["ps", "-eo", "args"]);
    expect(running.split("\n").filter((args) => /provider\.js/.test(args))).toEqual([]);
  });
}
