import { userInfo } from "node:os";
import { generateSshKeyPair } from "../../../provider/keys";
import { ConnectOptions, Login, Session, SshError, SshFailure, waitForSsh } from "../../../provider/ssh";
import { describeWithSshd, freePort, Sshd, startSshd } from "./sshd";

const login: Login = {
  address: "192.168.56.11",
  port: 22,
  user: "root",
  hostKey: generateSshKeyPair("host").publicKey,
  privateKey: generateSshKeyPair("client").privateKey,
};
const session = { exec: jest.fn(), close: jest.fn() } as Session;

/** Attempts that end, each `takes` ms after its start, as told by a function of the time since the first one. */
function attempts(outcome: (time: number) => SshFailure | "login", takes = 0) {
  const start = Date.now();
  const times: number[] = [];
  const options: ConnectOptions[] = [];
  const attempt = async (_: Login, given: ConnectOptions) => {
    times.push(Date.now() - start);
    options.push(given);
    if (takes > 0) await new Promise((resolve) => setTimeout(resolve, takes));
    const result = outcome(Date.now() - start);
    if (result === "login") return session;
    throw new SshError(result, `192.168.56.11:22 ${result}`);
  };
  return { attempt, times, options };
}

describe("waiting for SSH", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** Lets the faked time run until the promise is settled. */
  async function ending<T>(promise: Promise<T>): Promise<T | Error> {
    let result: T | Error | undefined;
    void promise.then(
      (value) => (result = value),
      (error) => (result = error),
    );
    for (let i = 0; i < 20_000 && result === undefined; i++) await jest.advanceTimersByTimeAsync(50);
    return result!;
  }

  it("asks often at first, then every second, and gives the session as soon as there is one", async () => {
    const { attempt, times } = attempts((time) => (time < 20_000 ? "refused" : "login"));
    expect(await ending(waitForSsh(login, { deadline: 60_000 }, attempt))).toBe(session);
    const pauses = times.slice(1).map((time, i) => time - times[i]);
    expect(pauses[0]).toBe(100);
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeLessThanOrEqual(1000);
      if (i > 0) expect(pause).toBeGreaterThanOrEqual(pauses[i - 1]);
    }
    expect(pauses.at(-1)).toBe(1000);
    expect(times.at(-1)).toBeLessThanOrEqual(21_000);
  });

  it("names the last true reason, not that the last attempt had no time left", async () => {
    const reasons: string[] = [];
    const { attempt } = attempts((time) => (time < 2_900 ? "refused" : "timeout"));
    const options = { deadline: 3_000, onWait: (reason: string) => reasons.push(reason) };
    expect(await ending(waitForSsh(login, options, attempt))).toMatchObject({
      reason: "refused",
      message: expect.stringMatching(/within 3 s\. The last attempt: 192\.168\.56\.11:22 refused$/),
    });
    expect(reasons).toEqual(["192.168.56.11:22 refused"]);
  });

  it("says what it waits for, once for each change", async () => {
    const reasons: string[] = [];
    const { attempt } = attempts((time) =>
      time < 4000 ? "unreachable" : time < 8000 ? "refused" : time < 9000 ? "closed" : "login",
    );
    await ending(waitForSsh(login, { deadline: 60_000, onWait: (reason) => reasons.push(reason) }, attempt));
    expect(reasons).toEqual(
      ["unreachable", "refused", "closed"].map((reason) => `192.168.56.11:22 ${reason}`),
    );
  });

  it.each<SshFailure>(["refused", "unreachable", "timeout", "closed"])(
    "gives up at the deadline with the last reason: %s",
    async (reason) => {
      const { attempt, times } = attempts(() => reason, 400);
      const error = await ending(waitForSsh(login, { deadline: 30_000 }, attempt));
      expect(error).toMatchObject({
        name: "SshError",
        reason,
        message: expect.stringMatching(new RegExp(`root on 192.168.56.11:22 within 30 s.* ${reason}$`)),
      });
      expect(times.at(-1)).toBeLessThan(30_000);
      expect(times.at(-1)).toBeGreaterThan(27_000);
    },
  );

  it("never lets an attempt run past the deadline", async () => {
    const { attempt, times, options } = attempts(() => "timeout", 1500);
    await ending(waitForSsh(login, { deadline: 10_000 }, attempt));
    for (const [i, { timeout, dialTimeout }] of options.entries()) {
      expect(times[i] + timeout).toBeLessThanOrEqual(10_000);
      expect(dialTimeout).toBeLessThanOrEqual(timeout);
    }
  });

  describe.each<SshFailure>(["host-key", "authentication"])("when the answer is %s", (refusal) => {
    it("ends at once, since that does not pass by itself", async () => {
      const { attempt, times } = attempts((time) => (time < 3000 ? "refused" : refusal));
      const error = await ending(waitForSsh(login, { deadline: 60_000 }, attempt));
      expect(error).toMatchObject({ reason: refusal });
      expect(times.at(-1)).toBeLessThan(4000);
    });

    it("tolerates it for the time of grace", async () => {
      const { attempt } = attempts((time) => (time < 3000 ? "refused" : time < 7000 ? refusal : "login"));
      expect(await ending(waitForSsh(login, { deadline: 60_000, grace: 5000 }, attempt))).toBe(session);
    });

    it("tolerates it no longer than that", async () => {
      const { attempt, times } = attempts((time) => (time < 3000 ? "refused" : refusal));
      const error = await ending(waitForSsh(login, { deadline: 60_000, grace: 5000 }, attempt));
      expect(error).toMatchObject({ reason: refusal });
      expect(times.at(-1)).toBeLessThan(10_000);
    });

    it("counts anew when something else happened in between: a reboot", async () => {
      const { attempt } = attempts((time) =>
        time < 4000 ? refusal : time < 20_000 ? "refused" : time < 24_000 ? refusal : "login",
      );
      expect(await ending(waitForSsh(login, { deadline: 60_000, grace: 5000 }, attempt))).toBe(session);
    });
  });

  it("does not take an error of the program for one of the machine", async () => {
    const attempt = () => Promise.reject(new TypeError("a bug"));
    expect(await ending(waitForSsh(login, { deadline: 60_000 }, attempt))).toEqual(new TypeError("a bug"));
  });

  it("stops when told to, in a pause too", async () => {
    const abort = new AbortController();
    const { attempt } = attempts(() => "refused");
    const reason = new Error("cancelled by the user");
    setTimeout(() => abort.abort(reason), 5000);
    expect(await ending(waitForSsh(login, { deadline: 60_000, signal: abort.signal }, attempt))).toBe(reason);
  });
});

describeWithSshd("waiting for a real sshd", () => {
  it("logs in when it comes up", async () => {
    const port = await freePort();
    const hostKey = generateSshKeyPair("late host");
    const clientKey = generateSshKeyPair("patient client");
    const reasons: string[] = [];
    let sshd: Promise<Sshd> | undefined;
    try {
      const session = await waitForSsh(
        {
          address: "127.0.0.1",
          port,
          user: userInfo().username,
          hostKey: hostKey.publicKey,
          privateKey: clientKey.privateKey,
        },
        {
          deadline: 60_000,
          onWait: (reason) => {
            reasons.push(reason);
            sshd ??= startSshd({ port, hostKey, clientKey });
          },
        },
      );
      expect(await session.exec("true", { timeout: 20_000 })).toMatchObject({ code: 0 });
      session.close();
      expect(reasons[0]).toBe(`127.0.0.1:${port} refuses connections (no SSH server yet)`);
    } finally {
      await (await sshd)?.stop();
    }
  });
});
