import type { Client, ClientChannel } from "ssh2";

/** What of ssh2 is used past its types; see {@link Session}. */
interface Internals {
  _chanMgr: { add(opened: ((error?: Error, channel?: Channel) => void) & { type?: string }): number };
  _protocol: {
    session(channel: number, window: number, packet: number): void;
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
}

type Channel = ClientChannel & {
  subtype?: string;
  outgoing: { id: number };
  /** Called in turn with whether the server refused. */
  _callbacks: ((refused: boolean | Error) => void)[];
};

const WINDOW = 2 * 1024 * 1024;
const PACKET = 32 * 1024;

/**
 * One session of a connection. ssh2's own `exec` asks for no answer when it sets the environment, and an sshd that
 * refuses it is the very thing to rehearse: so the requests are sent here one by one.
 */
export class Session {
  private constructor(
    private readonly internals: Internals,
    private readonly channel: Channel,
  ) {
    channel.setMaxListeners(0); // one for each request
  }

  static open(client: Client): Promise<Session> {
    const internals = client as unknown as Internals;
    return new Promise((resolve, reject) => {
      const opened = Object.assign(
        (error?: Error, channel?: Channel) =>
          error
            ? reject(new Error(`ssh: rejected: ${error.message}`))
            : resolve(new Session(internals, channel!)),
        { type: "session" },
      );
      internals._protocol.session(internals._chanMgr.add(opened), WINDOW, PACKET);
    });
  }

  /** @throws where the server refuses */
  async setenv(name: string, value: string): Promise<void> {
    const { _protocol } = this.internals;
    const accepted = await this.request((id) => _protocol.env(id, name, value, true));
    if (!accepted) throw new Error("ssh: setenv failed");
  }

  /**
   * Runs a command to its end.
   * @throws where it cannot be started, or ends otherwise than with 0
   */
  async run(
    command: string,
    stdin: string,
    add: (stream: "stdout" | "stderr", data: Buffer) => void,
  ): Promise<void> {
    const { channel } = this;
    const { _protocol } = this.internals;
    let fault: unknown;
    for (const [name, stream] of [
      ["stdout", channel],
      ["stderr", channel.stderr],
    ] as const)
      stream.on("data", (data: Buffer) => {
        try {
          add(name, data);
        } catch (error) {
          fault ??= error;
          channel.close();
        }
      });
    const closed = new Promise<Exit>((resolve) => {
      let exit: Exit = {};
      channel.on("exit", (code: number | null, signal?: string) => (exit = { code, signal }));
      channel.on("close", () => resolve(exit));
    });
    channel.subtype = "exec";
    if (!(await this.request((id) => _protocol.exec(id, command, true))))
      throw new Error(`ssh: command ${command} failed`);
    channel.end(stdin);
    const exit = await closed;
    if (fault) throw fault as Error;
    if (exit.code !== 0) throw new Error(exitText(exit));
  }

  private request(send: (channel: number) => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.channel._callbacks.push((refused) =>
        refused instanceof Error ? reject(refused) : resolve(!refused),
      );
      this.channel.once("close", () => reject(new Error("EOF")));
      send(this.channel.outgoing.id);
    });
  }
}

interface Exit {
  code?: number | null;
  signal?: string;
}

function exitText({ code, signal }: Exit): string {
  if (signal) {
    const name = signal.replace(/^SIG/, "");
    return `Process exited with status ${128 + (NUMBERS[name] ?? 0)} from signal ${name}`;
  }
  if (code === undefined || code === null)
    return "wait: remote command exited without exit status or exit signal";
  return `Process exited with status ${code}`;
}

const NUMBERS: Record<string, number> = {
  ...{ ABRT: 6, ALRM: 14, FPE: 8, HUP: 1, ILL: 4, INT: 2 },
  ...{ KILL: 9, PIPE: 13, QUIT: 3, SEGV: 11, TERM: 15 },
};
