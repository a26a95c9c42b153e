import { createHash } from "node:crypto";
import { connect, createServer, Server, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { printableLine } from "../printable";

/**
 * Locks of this box, held by listening on an abstract unix socket (Linux): the kernel frees them when the process
 * ends in whatever way, so `kill -9` leaves nothing to clean up, and other users' processes see them too.
 * They are not re-entrant, and processes in another network namespace have locks of their own.
 */
export interface LockOptions {
  /** Milliseconds to wait for the lock. */
  deadline: number;
  /** What is done under the lock; others that wait for it are told. */
  purpose: string;
  /** Called once when the lock is held by somebody else, with what that process says it is doing. */
  onWait?(holder: string): void;
  signal?: AbortSignal;
}

/** A lock was not available in time. */
export class LockTimeout extends Error {
  constructor(purpose: string, holder: string, deadline: number) {
    super(
      `waited ${deadline / 1000} s to ${purpose}, in vain: ${holder} still goes on. ` +
        "Wait for it to end, or end that process, and run this again.",
    );
    this.name = "LockTimeout";
  }
}

/** Names of locks. Whoever needs several takes them in this order: machine, iso, box. */
export const locks = {
  /** Everything that changes what VirtualBox's registry and the box share: machines, media, host-only networks. */
  box: "virtualbox",
  /** The life of one machine: held from look-up to the end of what is done with it. */
  machine: (stackId: string, host: string) => `machine/${stackId}/${host}`,
  /** The copy of one installer image. */
  iso: (sha256: string) => `iso/${sha256}`,
};

/**
 * Does `work` while no other process (nor another caller in this one) holds the lock of that name.
 * @throws LockTimeout
 */
export async function withLock<T>(name: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(name, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Abstract socket of a lock: short enough for any name (the kernel takes 107 bytes), and readable in `ss -xl`. */
export function lockAddress(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 24);
  return `\0kluster-${name.replace(/[^\w.-]/g, "-").slice(0, 48)}-${digest}`;
}

async function acquire(name: string, options: LockOptions): Promise<() => Promise<void>> {
  requireAbstractSockets();
  const address = lockAddress(name);
  const end = Date.now() + options.deadline;
  let holder = "another process";
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const release = await tryListen(address, `${options.purpose} (process ${process.pid})`);
    if (release) return release;
    const remaining = end - Date.now();
    if (remaining <= 0) throw new LockTimeout(options.purpose, holder, options.deadline);
    await waitForHolder(address, Math.min(remaining, 5_000), options.signal, (description) => {
      holder = description;
      if (!told) options.onWait?.(holder);
      told = true;
    });
    await pause(20);
  }
}

/** Takes the lock if it is free: binding a name that is taken fails. */
function tryListen(address: string, description: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const server: Server = createServer((socket) => {
      // Those who wait stay connected: that the connection ends is how they learn that the lock is free.
      waiting.add(socket);
      socket.on("close", () => waiting.delete(socket));
      socket.on("error", () => {});
      socket.write(description);
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () =>
      resolve(
        () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of waiting) socket.destroy();
          }),
      ),
    );
  });
}

function waitForHolder(
  address: string,
  milliseconds: number,
  signal: AbortSignal | undefined,
  onHolder: (description: string) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const timer = setTimeout(() => socket.destroy(), milliseconds);
    const onAbort = () => socket.destroy();
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.setEncoding("utf8");
    // Every process of the box can hold a lock, and say what it likes.
    socket.on("data", (text) => onHolder(printableLine(String(text)) || "another process"));
    socket.on("error", () => {}); // it was let go this very moment
    socket.on("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

/** Before 20.8 Node cut such names off at their first byte: every lock was one and the same. */
function requireAbstractSockets(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (process.platform !== "linux") throw new Error(`locks need Linux; this is ${process.platform}`);
  if (major < 20 || (major === 20 && minor < 8)) {
    throw new Error(`Node ${process.versions.node} cannot hold locks: use Node 20.8 or newer`);
  }
}
