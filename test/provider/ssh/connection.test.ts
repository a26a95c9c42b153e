import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { createServer, Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { generateSshKeyPair } from "../../../provider/keys";
import { connect, Login, Session, SshError } from "../../../provider/ssh";
import { childrenOf, describeWithSshd, freePort, signal, Sshd, startSshd } from "./sshd";

const timeout = 20_000;

/** A failure of the given kind whose message has all of the given parts. */
const failure = (reason: string, ...parts: string[]) =>
  expect.objectContaining({
    name: "SshError",
    reason,
    message: expect.stringMatching(new RegExp(parts.join("[^]*"))),
  });

describe("connecting to what is no SSH server", () => {
  let server: Server;
  let login: Login;
  let onConnection: (socket: Socket) => void;

  beforeEach(async () => {
    server = createServer((socket) => onConnection(socket.on("error", () => {})));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    login = {
      address: "127.0.0.1",
      port: (server.address() as { port: number }).port,
      user: "root",
      hostKey: generateSshKeyPair("host").publicKey,
      privateKey: generateSshKeyPair("client").privateKey,
    };
  });
  afterEach(() => server.close());

  it("says refused when nobody listens", async () => {
    const port = await freePort();
    await expect(connect({ ...login, port }, { timeout })).rejects.toEqual(
      failure("refused", `127.0.0.1:${port} refuses connections`),
    );
  });

  it("says timeout when the other side takes the connection and then says nothing", async () => {
    onConnection = () => {};
    await expect(connect(login, { timeout: 1000 })).rejects.toEqual(
      failure("timeout", "takes connections", "within 1 s"),
    );
  });

  it.each([
    ["at once", ""],
    ["after its greeting", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["after something that is not SSH", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ])("says closed when the other side hangs up %s", async (_, greeting) => {
    onConnection = (socket) => socket.end(greeting);
    await expect(connect(login, { timeout })).rejects.toEqual(failure("closed", "before the login"));
  });

  it("gives up when told to", async () => {
    onConnection = () => {};
    const abort = new AbortController();
    const attempt = connect(login, { timeout, signal: abort.signal });
    setTimeout(() => abort.abort(new Error("cancelled by the user")), 50);
    await expect(attempt).rejects.toThrow("cancelled by the user");
  });

  it.each([
    [{ address: "-oProxyCommand=x" }, /address .* must be an IP address or a DNS name/],
    [{ address: "a b" }, /address/],
    [{ port: 0 }, /port .* from 1 to 65535/],
    [{ user: "-lroot" }, /user .* must be a plain login name/],
    [{ hostKey: "ssh-rsa AAAA" }, /public key "ssh-rsa AAAA" cannot be read/],
    [{ privateKey: "nonsense" }, /private key cannot be read/],
  ])("refuses %j before anything is sent", async (change, message) => {
    onConnection = () => {
      throw new Error("was connected");
    };
    await expect(connect({ ...login, ...change }, { timeout })).rejects.toThrow(message);
  });
});

describeWithSshd("a session on a real sshd", () => {
  let sshd: Sshd;
  let session: Session;

  beforeAll(async () => {
    sshd = await startSshd();
    session = await connect(sshd.login, { timeout });
  });
  afterAll(async () => {
    session?.close();
    await sshd?.stop();
  });

  it("returns output, errors and exit code of a command", async () => {
    expect(await session.exec("echo out; echo err >&2; exit 3", { timeout })).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("has no exit code for a command that a signal ended", async () => {
    expect(await session.exec("kill -9 $$", { timeout })).toMatchObject({ code: null });
  });

  it("hands large input to the command byte by byte and ends it", async () => {
    const stdin = Buffer.alloc(5_000_000, "0123456789abcdef\n\u00e9");
    const result = await session.exec("sha256sum; wc -c </dev/null", { stdin, timeout });
    const { createHash } = await import("node:crypto");
    expect(result.stdout.split(" ")[0]).toBe(createHash("sha256").update(stdin).digest("hex"));
  });

  it("does not mind a command that ends without reading its input", async () => {
    const stdin = "x".repeat(3_000_000);
    expect(await session.exec("exit 5", { stdin, timeout })).toMatchObject({ code: 5 });
  });

  it("returns large output whole", async () => {
    const { stdout } = await session.exec("seq 1 400000", { timeout });
    expect(stdout.length).toBe(2_688_895);
    expect(stdout.endsWith("\n399999\n400000\n")).toBe(true);
  });

  it("hands output on byte by byte, no faster than it is taken, and gives the rest back", async () => {
    const hash = createHash("sha256");
    let size = 0;
    const stdout = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.length;
        setTimeout(done, size % 7 === 0 ? 2 : 0);
      },
    });
    const result = await session.exec("head -c 3000000 /dev/zero; printf '\\xff\\n'; echo err >&2; exit 4", {
      stdout,
      timeout,
    });
    expect(result).toEqual({ code: 4, stdout: "", stderr: "err\n" });
    await new Promise((resolve) => stdout.end(resolve));
    const expected = Buffer.concat([Buffer.alloc(3_000_000), Buffer.from([0xff, 0x0a])]);
    expect([size, hash.digest("hex")]).toEqual([
      expected.length,
      createHash("sha256").update(expected).digest("hex"),
    ]);
  });

  it("fails where what takes the output does", async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the disk is full")) });
    await expect(session.exec("seq 1 100000", { stdout, timeout })).rejects.toThrow("the disk is full");
  });

  it("reports lines as they come", async () => {
    const lines: string[] = [];
    let command: Promise<unknown>;
    await new Promise<void>((resolve) => {
      command = session.exec("echo grün; echo oops >&2; read answer; echo $answer; printf rest", {
        timeout,
        stdin: "yes\n",
        onLine: (line, stream) => {
          lines.push(`${stream}: ${line}`);
          if (line === "yes") resolve();
        },
      });
    });
    await command!;
    expect(lines.sort()).toEqual(["stderr: oops", "stdout: grün", "stdout: rest", "stdout: yes"]);
  });

  it("rejects with what the listener for lines threw", async () => {
    const onLine = () => {
      throw new Error("bad line");
    };
    await expect(session.exec("echo one", { timeout, onLine })).rejects.toThrow("bad line");
  });

  it("runs many commands at the same time", async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => session.exec(`sleep 0.1; echo ${i}`, { timeout })),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 8 }, (_, i) => `${i}\n`));
  });

  it("does not wait for a daemon that the command left behind", async () => {
    const { stdout } = await session.exec("sleep 60 & echo $!", { timeout });
    signal(Number(stdout), "SIGKILL");
  });

  it("says what ran out of time, with its last words on stderr, and stays usable", async () => {
    await expect(session.exec("echo waiting for il >&2; sleep 10", { timeout: 3000 })).rejects.toEqual(
      failure("timeout", '"echo waiting', "127.0.0.1", "within 3 s", "waiting for il"),
    );
    expect(await session.exec("true", { timeout })).toMatchObject({ code: 0 });
  });

  it("never repeats input in an error", async () => {
    const stdin = "s3cret-token";
    const error = await session.exec("cat >/dev/null; sleep 5", { stdin, timeout: 300 }).catch((e) => e);
    expect(error).toBeInstanceOf(SshError);
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(stdin);
  });

  it("stops waiting for a command when told to", async () => {
    const abort = new AbortController();
    const command = session.exec("sleep 5", { timeout, signal: abort.signal });
    setTimeout(() => abort.abort(new Error("cancelled by the user")), 50);
    await expect(command).rejects.toThrow("cancelled by the user");
    await expect(session.exec("true", { timeout, signal: abort.signal })).rejects.toThrow("cancelled");
  });

  it("refuses another host key than the pinned one, before it logs in", async () => {
    const other = generateSshKeyPair("other").publicKey;
    const before = sshd.log();
    await expect(connect({ ...sshd.login, hostKey: other }, { timeout })).rejects.toEqual(
      failure("host-key", "has not the pinned host key SHA256:", "but SHA256:", "another machine"),
    );
    await sleep(100);
    expect(sshd.log().slice(before.length)).not.toMatch(/publickey/);
  });

  it("says authentication when the key is not accepted", async () => {
    const { privateKey } = generateSshKeyPair("stranger");
    await expect(connect({ ...sshd.login, privateKey }, { timeout })).rejects.toEqual(
      failure("authentication", "does not accept the key SHA256:", `user ${sshd.login.user}`),
    );
  });

  it("says host-key when the server has no ed25519 key at all", async () => {
    const { utils } = await import("ssh2");
    const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 });
    const impostor = await startSshd({ hostKey: { privateKey: rsa.private, publicKey: rsa.public } });
    try {
      const login = { ...impostor.login, hostKey: sshd.login.hostKey };
      await expect(connect(login, { timeout })).rejects.toEqual(failure("host-key", "pinned host key"));
    } finally {
      await impostor.stop();
    }
  });

  it("survives the loss of the connection in the middle of a command", async () => {
    const doomed = await connect(sshd.login, { timeout });
    const { stdout } = await doomed.exec("echo $PPID", { timeout });
    const command = doomed.exec("echo half way >&2; sleep 5", {
      timeout,
      onLine: () => signal(Number(stdout), "SIGKILL"),
    });
    await expect(command).rejects.toEqual(failure("closed", "lost during", "half way"));
    await expect(doomed.exec("true", { timeout })).rejects.toEqual(failure("closed", "lost"));
    doomed.close();
  });

  it("keeps the exit code of a command after which the connection breaks", async () => {
    const doomed = await connect(sshd.login, { timeout });
    const command = doomed.exec("sleep 5 & (sleep 0.2; kill -9 $PPID) & exit 7", { timeout });
    expect(await command).toMatchObject({ code: 7 });
    doomed.close();
  });

  it("ends what runs when it is closed", async () => {
    const closing = await connect(sshd.login, { timeout });
    const command = closing.exec("sleep 5", { timeout });
    setTimeout(() => closing.close(), 50);
    await expect(command).rejects.toEqual(failure("closed", "lost during", "closed on this side"));
  });

  it("notices a machine that has died without a word", async () => {
    const own = await startSshd();
    try {
      const dying = await connect(own.login, { timeout, keepalive: 100 });
      const command = dying.exec("echo started; sleep 5", {
        timeout,
        onLine: () => childrenOf(own.process.pid!).forEach((pid) => signal(pid, "SIGSTOP")),
      });
      await expect(command).rejects.toEqual(failure("closed", "lost during", "Keepalive timeout"));
    } finally {
      await own.stop();
    }
  });
});
