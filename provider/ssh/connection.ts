import { connect as openSocket, Socket } from "node:net";
import { Client } from "ssh2";
import { fingerprint, publicKeyOf } from "../keys";
import type { Finished } from "../process";
import { checkEndpoint, Login, where } from "./endpoint";
import { failureOf, SshError } from "./error";
import { execute, ExecOptions } from "./exec";

export interface ConnectOptions {
  /** Milliseconds for everything: reaching the machine, checking its key, logging in. */
  timeout: number;
  /** Milliseconds for the TCP connection alone; shorter where the address may be dead. Default: all of `timeout`. */
  dialTimeout?: number;
  /**
   * Milliseconds between questions whether the other side still lives; the connection counts as lost when three
   * in a row stay unanswered. Default 5000.
   */
  keepalive?: number;
  signal?: AbortSignal;
}

/** A login on a machine. Any number of commands can run at the same time. */
export interface Session {
  /**
   * Runs a command by the user's shell and waits for its end, whatever its exit code.
   * @throws SshError "timeout" or "closed"; in both cases the command may still be running
   */
  exec(command: string, options: ExecOptions): Promise<Finished>;
  /** Ends the connection, and with it whatever exec waits for. */
  close(): void;
}

/**
 * Logs in on a machine. Its host key must be the pinned one, byte for byte, before anything else is said.
 * @throws SshError that says which step failed and what to look at
 */
export async function connect(login: Login, options: ConnectOptions): Promise<Session> {
  const hostKey = checkEndpoint(login);
  const clientKey = fingerprint(publicKeyOf(login.privateKey));
  const deadline = Date.now() + options.timeout;
  const socket = await dial(
    login,
    Math.min(options.timeout, options.dialTimeout ?? Infinity),
    options.signal,
  );
  return new Promise((resolve, reject) => {
    const client = new Client();
    let seen: Buffer | undefined;
    let lost = "the other side closed it";

    const settle = (how: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      client.removeListener("close", onClose);
      how();
    };
    const fail = (error: unknown) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onError = (error: Error) => {
      lost = error.message;
      const reason = seen && !seen.equals(hostKey) ? "host-key" : failureOf(error);
      fail(new SshError(reason, explain(reason, error.message)));
    };
    const explain = (reason: string, message: string) => {
      const host = where(login);
      switch (reason) {
        case "host-key":
          return (
            `${host} has not the pinned host key ${fingerprint(hostKey)}` +
            (seen ? `, but ${fingerprint(seen)}` : ` (${message})`) +
            ": another machine has this address, or another system runs on this one; nothing was sent to it"
          );
        case "authentication":
          return `${host} does not accept the key ${clientKey} for user ${login.user}`;
        case "timeout":
          return `${host} takes connections, but no login was possible within ${options.timeout / 1000} s`;
        default:
          return `${host} closed the connection before the login (${message})`;
      }
    };
    const onClose = () => onError(new Error("no reason given"));
    const onAbort = () => fail(options.signal!.reason);
    const timer = setTimeout(
      () => fail(new SshError("timeout", explain("timeout", ""))),
      Math.max(1, deadline - Date.now()),
    );
    options.signal?.addEventListener("abort", onAbort);

    client.setMaxListeners(0); // one for every command that runs
    client.on("error", onError); // stays for the life of the connection: ssh2 reports its loss so, too
    client.once("close", onClose);
    client.once("ready", () => settle(() => resolve(new ClientSession(client, socket, login, () => lost))));
    client.connect({
      sock: socket,
      username: login.user,
      privateKey: login.privateKey,
      authHandler: ["publickey"],
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        seen = key;
        return key.equals(hostKey);
      },
      readyTimeout: 0, // the timer above
      keepaliveInterval: options.keepalive ?? 5000,
      keepaliveCountMax: 3,
    });
  });
}

class ClientSession implements Session {
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly login: Login,
    private readonly whyLost: () => string,
  ) {}

  exec(command: string, options: ExecOptions): Promise<Finished> {
    const whyLost = () => (this.closed ? "it was closed on this side" : this.whyLost());
    return execute(this.client, where(this.login), whyLost, command, options);
  }

  close(): void {
    this.closed = true;
    this.client.end();
    // A dead machine never answers the farewell; its socket would keep this process alive for minutes.
    setTimeout(() => this.socket.destroy(), 500).unref();
  }
}

/** Opens the TCP connection by itself, so that "nobody there" and "somebody there but stuck" are told apart. */
function dial(login: Login, timeout: number, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = openSocket({ host: login.address, port: login.port, noDelay: true });
    const settle = (how: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.removeListener("error", onError);
      how();
    };
    const fail = (error: unknown) =>
      settle(() => {
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      });
    const onAbort = () => fail(signal!.reason);
    const onError = (error: NodeJS.ErrnoException) => {
      const reason = failureOf(error);
      fail(
        new SshError(
          reason,
          reason === "refused"
            ? `${where(login)} refuses connections (no SSH server yet)`
            : reason === "unreachable"
              ? `${where(login)} cannot be reached (${error.code})`
              : `${where(login)} does not answer (${error.code})`,
        ),
      );
    };
    const timer = setTimeout(
      () => fail(new SshError("timeout", `${where(login)} does not answer (tried for ${timeout / 1000} s)`)),
      timeout,
    );
    signal?.addEventListener("abort", onAbort);
    socket.once("error", onError);
    socket.once("connect", () => settle(() => resolve(socket)));
  });
}
