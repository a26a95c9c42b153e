import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, Session } from "../../../provider/ssh";
import { describeWithSshd, Sshd, startSshd } from "./sshd";

const MEGABYTE = 1024 * 1024;

/** Gives zeros as long as somebody takes them, and counts. */
class Zeros extends Readable {
  given = 0;
  constructor(private readonly size: number) {
    super();
  }
  override _read(): void {
    if (this.given >= this.size) return void this.push(null);
    this.given += 65536;
    this.push(Buffer.alloc(65536));
  }
}

describeWithSshd("a stream as standard input", () => {
  let sshd: Sshd;
  let session: Session;
  beforeAll(async () => {
    sshd = await startSshd();
    session = await connect(sshd.login, { timeout: 20_000 });
  });
  afterAll(async () => {
    session.close();
    await sshd.stop();
  });

  test("arrives whole, and its end is the end of input", async () => {
    const { stdout } = await session.exec("wc -c", { stdin: new Zeros(64 * MEGABYTE), timeout: 60_000 });
    expect(stdout.trim()).toBe(String(64 * MEGABYTE));
  });

  test("is not read into memory when the command does not take it", async () => {
    const zeros = new Zeros(512 * MEGABYTE);
    const call = session.exec("sleep 1; head -c 1 | wc -c", { stdin: zeros, timeout: 60_000 });
    await sleep(900);
    expect(zeros.given).toBeLessThan(16 * MEGABYTE);
    expect((await call).stdout.trim()).toBe("1");
    expect(zeros.destroyed).toBe(true);
  });

  test("that fails ends the call with its reason", async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error("the disk is on fire"));
      },
    });
    await expect(session.exec("cat >/dev/null", { stdin: broken, timeout: 60_000 })).rejects.toThrow(
      "the disk is on fire",
    );
  });

  test("that has failed before is no different", async () => {
    const broken = new Readable({ read() {} });
    broken.on("error", () => {}).destroy(new Error("the disk is on fire"));
    await sleep(10);
    await expect(session.exec("cat >/dev/null", { stdin: broken, timeout: 60_000 })).rejects.toThrow(
      "the disk is on fire",
    );
  });

  test("is let go of when the time is up", async () => {
    const zeros = new Zeros(512 * MEGABYTE);
    await expect(session.exec("sleep 5", { stdin: zeros, timeout: 500 })).rejects.toMatchObject({
      reason: "timeout",
    });
    expect(zeros.destroyed).toBe(true);
  });
});
