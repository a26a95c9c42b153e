import { connect, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Set in a scan code that a key sends when it is released. */
const RELEASE = 0x80;

/** QEMU's own control socket (QEMU Machine Protocol): one command at a time. */
export class Qmp {
  private rest = "";
  private waiting?: { resolve(answer: unknown): void; reject(error: Error): void };

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8").on("data", (text: string) => this.read(text));
    socket.on("close", () => this.waiting?.reject(new Error("QEMU has ended")));
    socket.on("error", () => {}); // "close" comes as well
  }

  /** @throws Error when QEMU does not make its socket within 30 s */
  static async open(path: string): Promise<Qmp> {
    for (const end = Date.now() + 30_000; ;) {
      try {
        const qmp = new Qmp(await dial(path));
        await qmp.execute("qmp_capabilities");
        return qmp;
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** @throws Error with QEMU's words when it refuses */
  execute(command: string, args: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** Moves the keys of the guest's keyboard. @param scancodes of set 1 */
  async type(scancodes: number[]): Promise<void> {
    for (const code of scancodes) {
      const data = { down: code < RELEASE, key: { type: "number", data: code & ~RELEASE } };
      await this.execute("input-send-event", { events: [{ type: "key", data }] });
      await sleep(20); // the guest's processor is slow, and its keyboard remembers 16 codes
    }
  }

  close(): void {
    this.socket.destroy();
  }

  /** Answers are JSON, a line each; between them come events and, first of all, a greeting. */
  private read(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) {
      const answer = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
      if (answer.error) this.waiting?.reject(new Error(`QEMU: ${answer.error.desc}`));
      else if ("return" in answer) this.waiting?.resolve(answer.return);
    }
  }
}

function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}
