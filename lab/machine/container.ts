import { ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { shellQuote } from "../../provider/shell";
import { currentSystem } from "./running-system";

/** Exit code by which nspawn says that the machine asked for a reboot (with --keep-unit). */
export const rebootExitCode = 133;

export interface ContainerPlan {
  /** Folder that becomes the machine's root. */
  root: string;
  /** Path of its network namespace. */
  network: string;
  /** A host name of its own until its system sets one. */
  name: string;
  /** Control groups to start in. */
  groups: string[];
  /** Bound over /sys/fs/cgroup; undefined where nspawn mounts it. */
  groupTree?: string;
  /** Read-only binds: path in the machine → path here. */
  binds: Record<string, string>;
  /** Binds that the machine can write to. */
  writable: Record<string, string>;
  /** PID 1. */
  command: string[];
}

/**
 * nspawn's arguments. A kubelet, containerd, flanneld and kube-proxy have to work inside: all capabilities, key rings
 * for runc, the kernel's log for kubelet, control groups that can be written. nspawn's own --boot is not used: PID 1
 * is the machine's first stage.
 */
export function nspawnArguments(plan: ContainerPlan): string[] {
  return [
    "--quiet",
    "--register=no",
    "--keep-unit",
    `--directory=${plan.root}`,
    `--machine=${plan.name}`,
    `--network-namespace-path=${plan.network}`,
    "--console=interactive",
    "--capability=all",
    "--system-call-filter=@keyring",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    "--setenv=TERM=linux",
    "--setenv=SYSTEMD_COLORS=0",
    "--bind=/dev/kmsg",
    ...(plan.groupTree ? [`--bind=${plan.groupTree}:/sys/fs/cgroup`] : []),
    ...Object.entries(plan.binds).map(([inside, here]) => `--bind-ro=${escape(here)}:${inside}`),
    ...Object.entries(plan.writable).map(([inside, here]) => `--bind=${escape(here)}:${inside}`),
    ...plan.command,
  ];
}

/** nspawn separates the parts of a bind by colons. */
const escape = (path: string) => path.replaceAll("\\", "\\\\").replaceAll(":", "\\:");

/** A machine's running user space. */
export class Container {
  private readonly process: ChildProcess;
  /** nspawn's exit code, when everything in the container has ended. */
  readonly ended: Promise<number | null>;

  /** `script` lends nspawn the terminal that it wants for an interactive console. */
  constructor(plan: ContainerPlan, show: (bytes: Buffer) => void) {
    const join = plan.groups.map((group) => `echo $$ >${shellQuote(group)}/cgroup.procs`);
    const nspawn = ["exec systemd-nspawn", ...nspawnArguments(plan).map(shellQuote)].join(" ");
    this.process = spawn(
      "script",
      ["--quiet", "--flush", "--return", "--command", ["set -e", ...join, nspawn].join("; "), "/dev/null"],
      {
        cwd: "/",
        stdio: ["pipe", "pipe", "inherit"],
        env: {
          PATH: process.env.PATH,
          SHELL: "/bin/sh",
          TERM: "linux",
          LANG: "C.UTF-8",
          SYSTEMD_NSPAWN_LOCK: "0", // the lock files would lie beside the root
          SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network", // /proc/sys/net is the machine's own, as on a real one
        },
      },
    );
    this.process.stdin!.on("error", () => {});
    this.process.stdout!.on("data", show);
    this.ended = new Promise((resolve) => {
      this.process.once("close", (code) => resolve(code));
      this.process.once("error", () => resolve(null));
    });
  }

  type(keys: string): void {
    this.process.stdin!.write(keys);
  }

  /** Sends a signal to the machine's PID 1; does nothing while there is none. */
  signal(signal: number): void {
    const leader = this.leader();
    if (leader !== undefined) kill(leader, signal);
  }

  /** Path of the NixOS system that the machine runs now, where it runs one. */
  async currentSystem(): Promise<string | undefined> {
    const leader = this.leader();
    return leader === undefined ? undefined : await currentSystem(leader);
  }

  /** Ends everything in the container at once and waits for it. */
  async cut(): Promise<void> {
    const nspawn = this.nspawn();
    const leader = this.leader();
    for (const pid of [leader, nspawn]) if (pid !== undefined) kill(pid, 9);
    if (nspawn === undefined) this.process.kill("SIGKILL");
    await this.ended;
  }

  private nspawn(): number | undefined {
    return this.process.pid === undefined ? undefined : children(this.process.pid)[0];
  }

  private leader(): number | undefined {
    const nspawn = this.nspawn();
    if (nspawn === undefined) return undefined;
    // nspawn's first child prepares and ends; only the leader is PID 1 of a namespace of its own.
    return children(nspawn).find((pid) => /^NSpid:.*\s1$/m.test(readProc(`/proc/${pid}/status`)));
  }
}

function kill(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function children(pid: number): number[] {
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    // it has ended
  }
  return tasks
    .flatMap((task) => readProc(`/proc/${pid}/task/${task}/children`).trim().split(/\s+/))
    .filter(Boolean)
    .map(Number);
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has ended
  }
}
