import { ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { fromStruct } from "../values";
import { parseOptions } from "./options";

/** How a program ended; an empty error is success, unless it bailed out. */
export interface Outcome {
  error: string;
  /** The program has shown its error itself: nobody needs to add to it. */
  bail: boolean;
}

/** Exit code of the SDK after an error that it has shown to the user. */
const BAILED = 32;
/** Milliseconds that a program has to end after a signal, and its output to arrive after its end. */
const GRACE = 5000;

/**
 * Runs a program by the SDK's own starter, in this process's folder, its output passed on as it comes.
 * @param engine host:port
 * @param cancelled interrupts the program, and kills it when that does not end it
 */
export async function runProgram(
  request: RunRequest,
  engine: string,
  cancelled: AbortSignal,
): Promise<Outcome> {
  try {
    const { command, args, env } = invocation(request, engine);
    return await ended(command, args, env, cancelled);
  } catch (error) {
    return { error: (error as Error).message, bail: false };
  }
}

/** What is started for a request. */
export function invocation(request: RunRequest, engine: string) {
  const info = request.getInfo()!;
  if (request.getAttachDebugger()) throw new Error("the lab's stand-in cannot attach a debugger");
  const options = parseOptions(fromStruct(info.getOptions()));
  const starter = locateStarter(info.getProgramDirectory());
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info.getRootDirectory()],
    ["stack", request.getStack()],
    ["pwd", info.getProgramDirectory()],
  ];
  return {
    command: "node",
    args: [
      ...options.nodeArgs,
      starter,
      ...flags.flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      ...["--parallel", String(request.getParallel())],
      info.getEntryPoint(),
      ...request.getArgsList(),
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject().map(oldKey))),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
    } as Record<string, string>,
  };
}

/** Programs are given `kluster:machines` as `kluster:config:machines`, which every version of the SDK understands. */
function oldKey([key, value]: [string, string]): [string, string] {
  const colon = key.indexOf(":");
  const name = key.slice(colon + 1).replace(/^config:/, "");
  return [`${key.slice(0, colon)}:config:${name}`, value];
}

function locateStarter(programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?");
  }
}

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

function ended(
  command: string,
  args: string[],
  env: Record<string, string>,
  cancelled: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    child.stdout.pipe(process.stdout, { end: false });
    child.stderr.pipe(process.stderr, { end: false });
    let patience: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill("SIGINT");
      patience ??= setTimeout(() => child.kill("SIGKILL"), GRACE);
    };
    if (cancelled.aborted) interrupt();
    cancelled.addEventListener("abort", interrupt);
    const done = (outcome: Outcome) => {
      running.delete(child);
      clearTimeout(patience);
      cancelled.removeEventListener("abort", interrupt);
      resolve(outcome);
    };
    child.on("error", ({ message }) =>
      done({ error: `Problem executing program (could not run language executor): ${message}`, bail: false }),
    );
    child.on("exit", (code) => {
      clearTimeout(patience);
      const outcome = outcomeOf(code);
      // "close" and not "exit": what the program wrote is shown first, unless a daemon of its holds the pipes open.
      patience = setTimeout(() => done(outcome), GRACE);
      child.on("close", () => done(outcome));
    });
  });
}

/** @param code null where a signal ended the program, which is told as -1 */
function outcomeOf(code: number | null): Outcome {
  if (code === 0) return { error: "", bail: false };
  if (code === BAILED) return { error: "", bail: true };
  return { error: `Program exited with non-zero exit code: ${code ?? -1}`, bail: false };
}
