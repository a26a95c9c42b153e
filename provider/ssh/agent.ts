import { chmodSync } from "node:fs";
import { createServer, Server, Socket } from "node:net";
import { join } from "node:path";
import type { ParsedKey } from "ssh2";
import { parsePrivateKey } from "../keys/ssh-key";
import { field } from "../keys/wire";
import { answer, MessageSplitter } from "./agent-protocol";
import { makeRunFolder, removeRunFolder, socketName } from "./run-folder";

/**
 * An SSH agent inside this process, for programs that use the system's ssh (nix copy). Private keys stay in this
 * process's memory: nothing of them is ever written to a file, and when the process dies, however it dies, the agent
 * is gone.
 *
 * Not made with ssh2's AgentProtocol: version 1.17 loses its place in the stream at messages that it does not know,
 * and OpenSSH begins with one (session-bind) since 8.9.
 */
export class Agent {
  private readonly keys = new Map<string, ParsedKey>();
  private readonly connections = new Set<Socket>();

  private constructor(
    /** This run's own folder, mode 0700; public data only. */
    readonly folder: string,
    private readonly server: Server,
  ) {}

  /** Starts an agent without keys. Listening does not keep the process alive. */
  static async start(): Promise<Agent> {
    const folder = makeRunFolder();
    const server = createServer();
    const agent = new Agent(folder, server);
    server.on("connection", (socket) => agent.serve(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(agent.socket, resolve);
    });
    server.unref();
    chmodSync(agent.socket, 0o600);
    return agent;
  }

  /** Path of the socket: the value for SSH_AUTH_SOCK. */
  get socket(): string {
    return join(this.folder, socketName);
  }

  /**
   * Takes in a key; a second time changes nothing.
   * @throws Error when it is not an ed25519 key in OpenSSH PEM without a passphrase
   */
  add(privateKey: string): void {
    const key = parsePrivateKey(privateKey);
    this.keys.set(key.getPublicSSH().toString("base64"), key);
  }

  /** Forgets the keys and removes the run folder. */
  async close(): Promise<void> {
    this.keys.clear();
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    removeRunFolder(this.folder);
  }

  private serve(socket: Socket): void {
    const splitter = new MessageSplitter();
    this.connections.add(socket);
    socket.on("close", () => this.connections.delete(socket));
    socket.on("error", () => {}); // the other side went away: its own business
    socket.on("data", (bytes: Buffer) => {
      try {
        for (const request of splitter.push(bytes))
          socket.write(field(answer(request, [...this.keys.values()])));
      } catch {
        socket.destroy(); // no agent protocol; whoever it is gets no answer
      }
    });
  }
}
