import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { contextError, reworded } from "./deadline";
import { goErrno, goExit, goQuote } from "./go-text";
import { Output } from "./output";
import { previousOutput, Runner, Task } from "./runner";

/** Runs a command on this machine, in the plugin's folder and environment. */
export const runLocally: Runner = async (task) => {
  const output = new Output(task.inputs.logging, task.status);
  try {
    await ended(task, output);
  } catch (error) {
    throw reworded(error, (message) => `${message}: running ${goQuote(task.command)}:\n${output.both()}`);
  }
  return output.finish();
};

function ended(task: Task, output: Output): Promise<void> {
  const { command, inputs, signal } = task;
  if (signal.aborted) throw contextError(signal);
  if (inputs.dir !== undefined && !existsSync(inputs.dir))
    throw new Error(`chdir ${inputs.dir}: no such file or directory`);
  const [program, ...args] = [
    ...(inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"]),
    command,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: inputs.dir,
      env: { ...process.env, ...inputs.environment, ...previousOutput(task) },
      stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    // The command alone: what it started lives on, as the official plugin has it.
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    let fault: unknown;
    for (const stream of ["stdout", "stderr"] as const)
      child[stream]!.on("data", (data: Buffer) => {
        try {
          output.add(stream, data);
        } catch (error) {
          fault ??= error;
          kill();
        }
      });
    child.stdin?.on("error", () => {}); // the command may end without reading its input
    child.stdin?.end(inputs.stdin);
    child.on("error", (error) => {
      signal.removeEventListener("abort", kill);
      reject(new Error(startError(program, error)));
    });
    // "close" and not "exit": whoever holds the command's output open is waited for, as the official plugin does.
    child.on("close", (code, ending) => {
      signal.removeEventListener("abort", kill);
      if (fault) reject(fault as Error);
      else if (code === 0) resolve();
      else reject(new Error(goExit(code, ending)));
    });
  });
}

function startError(program: string, error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT" && !program.includes("/"))
    return `exec: ${goQuote(program)}: executable file not found in $PATH`;
  return `fork/exec ${program}: ${goErrno(error)}`;
}
