import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generateSshKeyPair, SshKeyPair } from "../../../provider/keys";
import type { Login } from "../../../provider/ssh";

// Logins start shells with whatever the user's profile does, on a box that may be busy with other tests.
jest.setTimeout(60_000);

const program = ["/usr/sbin/sshd", "/usr/bin/sshd", "/run/current-system/sw/bin/sshd"].find(existsSync);
const clients = spawnSync("ssh", ["-V"]).error === undefined;

/** `describe`, or a skipped one that says why, where OpenSSH is not installed. */
export const describeWithSshd = (name: string, tests: () => void): void =>
  program && clients
    ? describe(name, tests)
    : describe.skip(`${name} (OpenSSH is not installed here)`, tests);

/** A real sshd on the loopback address with its own folder, keys and configuration. */
export interface Sshd {
  login: Login;
  hostKey: SshKeyPair;
  clientKey: SshKeyPair;
  folder: string;
  process: ChildProcess;
  /** What sshd logged, at level VERBOSE. */
  log(): string;
  stop(): Promise<void>;
}

export async function startSshd(
  options: {
    port?: number;
    hostKey?: SshKeyPair;
    clientKey?: SshKeyPair;
    /** Of what is run there. */
    environment?: Record<string, string>;
  } = {},
): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), "kluster-sshd-"));
  const hostKey = options.hostKey ?? generateSshKeyPair("host");
  const clientKey = options.clientKey ?? generateSshKeyPair("client");
  const port = options.port ?? (await freePort());
  // sshd started by root insists on this folder, which the system's own sshd makes at its start.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const environment = Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  const config = file(
    "sshd_config",
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${file("host_key", hostKey.privateKey)}`,
      `AuthorizedKeysFile ${file("authorized_keys", clientKey.publicKey)}`,
      "AuthenticationMethods publickey",
      "PermitRootLogin prohibit-password",
      "MaxAuthTries 3",
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "LogLevel VERBOSE",
      ...(environment.length > 0 ? [`SetEnv ${environment.join(" ")}`] : []),
      "",
    ].join("\n"),
  );
  let log = "";
  const sshd = spawn(program!, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  sshd.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise((resolve) => sshd.once("close", resolve));
  for (let i = 0; !log.includes("Server listening"); i++) {
    if (sshd.exitCode !== null || i > 3000) throw new Error(`sshd did not start: ${log}`);
    await sleep(10);
  }
  return {
    login: {
      address: "127.0.0.1",
      port,
      user: userInfo().username,
      hostKey: hostKey.publicKey,
      privateKey: clientKey.privateKey,
    },
    hostKey,
    clientKey,
    folder,
    process: sshd,
    log: () => log,
    stop: async () => {
      for (const child of childrenOf(sshd.pid!)) signal(child, "SIGKILL"); // sessions outlive their listener
      signal(sshd.pid!, "SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Process ids of a process's descendants. */
export function childrenOf(pid: number): number[] {
  const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .map(Number)
    .filter((child) => child > 0);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return; // it has ended by itself
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
