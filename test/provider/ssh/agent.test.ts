import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lutimesSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { fingerprint, generateSshKeyPair, publicKeyOf } from "../../../provider/keys";
import { run } from "../../../provider/process";
import { Agent, sshEnvironment, sshOptions } from "../../../provider/ssh";
import { makeRunFolder, removeLeftovers } from "../../../provider/ssh/run-folder";
import { describeWithSshd, Sshd, startSshd } from "./sshd";

/** Every word that a private key's file consists of, headers aside. */
const linesOf = (privateKey: string) =>
  privateKey.split("\n").filter((line) => line !== "" && !/^-/.test(line));
const contentOf = (folder: string) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");

describeWithSshd("the system's ssh with our agent", () => {
  let sshd: Sshd;
  let agent: Agent;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());
  beforeEach(async () => {
    agent = await Agent.start();
  });
  afterEach(() => agent.close());

  const ssh = (options: string[], ...rest: string[]) =>
    run("ssh", [...options, `${sshd.login.user}@127.0.0.1`, ...rest], {
      env: { SSH_AUTH_SOCK: agent.socket },
      timeout: 20_000,
    });

  it("ssh-add lists the keys", async () => {
    const list = () => run("ssh-add", ["-l"], { env: { SSH_AUTH_SOCK: agent.socket } });
    expect(await list()).toMatchObject({ code: 1, stdout: "The agent has no identities.\n" });
    const pairs = ["one", "two"].map(generateSshKeyPair);
    for (const { privateKey } of [...pairs, ...pairs]) agent.add(privateKey);
    const { stdout } = await list();
    expect(stdout.trim().split("\n")).toEqual(
      pairs.map(({ publicKey }, i) => `256 ${fingerprint(publicKey)} ${["one", "two"][i]} (ED25519)`),
    );
  });

  it("logs in with the pinned host key", async () => {
    const result = await ssh(sshOptions(sshd.login, agent), "echo hello");
    expect(result).toMatchObject({ code: 0, stdout: "hello\n", stderr: "" });
  });

  it("finds the right one of many keys at the first try", async () => {
    for (let i = 0; i < 10; i++) agent.add(generateSshKeyPair(`stranger ${i}`).privateKey);
    expect(await ssh(sshOptions(sshd.login, agent), "true")).toMatchObject({ code: 0 });
  });

  it("refuses another host key", async () => {
    const login = { ...sshd.login, hostKey: generateSshKeyPair("other").publicKey };
    const result = await ssh(sshOptions(login, agent), "echo hello");
    expect(result).toMatchObject({ code: 255, stdout: "", stderr: expect.stringMatching(/host key/i) });
  });

  it("does not ask for a password where the key is not accepted", async () => {
    const login = { ...sshd.login, privateKey: generateSshKeyPair("stranger").privateKey };
    const result = await ssh(sshOptions(login, agent), "echo hello");
    expect(result).toMatchObject({
      code: 255,
      stdout: "",
      stderr: expect.stringContaining("Permission denied"),
    });
  });

  it("needs the agent: without it there is no way in", async () => {
    const options = sshOptions(sshd.login, agent);
    await agent.close();
    expect(await ssh(options, "echo hello")).toMatchObject({ code: 255, stdout: "" });
    agent = await Agent.start();
  });

  it("takes its options from NIX_SSHOPTS, split at white space as Nix does", async () => {
    const { NIX_SSHOPTS, SSH_AUTH_SOCK } = sshEnvironment(sshd.login, agent);
    expect(SSH_AUTH_SOCK).toBe(agent.socket);
    expect(NIX_SSHOPTS).not.toMatch(/["'\\$\n\t]|  /);
    expect(NIX_SSHOPTS.split(" ")).toEqual(sshOptions(sshd.login, agent));
    // The arguments that Nix adds, older and newer versions together.
    const nix = ["-x", "-oPermitLocalCommand=yes", "-oLocalCommand=echo started"];
    expect(await ssh([...NIX_SSHOPTS.split(" "), ...nix], "echo hello")).toMatchObject({
      code: 0,
      stdout: "started\nhello\n",
    });
  });

  it("reads nothing of the user's configuration, nor uses a connection that is open already", async () => {
    const { stdout } = await ssh([...sshOptions(sshd.login, agent), "-G"]);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "batchmode yes",
        "stricthostkeychecking true",
        "globalknownhostsfile /dev/null",
        "hostkeyalgorithms ssh-ed25519",
        "identitiesonly yes",
        "controlmaster false",
        "updatehostkeys false",
        "forwardagent no",
        "serveraliveinterval 5",
        "connecttimeout 10",
      ]),
    );
    expect(stdout).not.toMatch(/controlpath (?!none)|identityfile ~/);
  });

  it("writes no private key to its folder, which nobody else can read and which goes with the agent", async () => {
    agent.add(sshd.login.privateKey);
    expect(await ssh(sshOptions(sshd.login, agent), "true")).toMatchObject({ code: 0 });
    expect(statSync(agent.folder).mode & 0o777).toBe(0o700);
    expect(statSync(agent.socket).mode & 0o777).toBe(0o600);
    const content = contentOf(agent.folder);
    expect(content).toContain(publicKeyOf(sshd.login.privateKey));
    for (const line of linesOf(sshd.login.privateKey).slice(1)) expect(content).not.toContain(line);
    const { folder } = agent;
    await agent.close();
    expect(existsSync(folder)).toBe(false);
    agent = await Agent.start();
  });
});

describe("the run folder", () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "kluster-test-"));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it("takes the first place whose path ssh and nix can take", () => {
    const odd = ["with space", "with'quote", "with%percent", "x".repeat(100)].map((name) => join(base, name));
    for (const folder of odd) mkdirSync(folder);
    const folder = makeRunFolder([undefined, ...odd, join(base, "missing"), base]);
    expect(folder.startsWith(join(base, "kluster-ssh-"))).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("says what is wrong with each place when there is none", () => {
    const odd = join(base, "with space");
    mkdirSync(odd);
    expect(() => makeRunFolder([odd, join(base, "x".repeat(100)), join(base, "missing")])).toThrow(
      /Set TMPDIR.*with space: only letters.*too long for a socket.*missing: ENOENT/,
    );
  });

  describe("of another process", () => {
    /** A process that starts an agent in `base` and does nothing more; its folder. */
    async function agentProcess(): Promise<{
      folder: string;
      kill: (signal: NodeJS.Signals) => Promise<void>;
    }> {
      const script = join(base, "agent.js");
      buildSync({
        stdin: {
          contents: `
            import { Agent } from "./provider/ssh/agent";
            void Agent.start().then(({ folder }) => console.log(folder));
            process.on("SIGTERM", () => process.exit(0));
            setInterval(() => {}, 1000);`,
          resolveDir: join(__dirname, "../../.."),
          loader: "ts",
        },
        bundle: true,
        platform: "node",
        external: ["*.node"],
        outfile: script,
      });
      const env = { ...process.env, TMPDIR: base, XDG_RUNTIME_DIR: base };
      const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      const folder = await new Promise<string>((resolve, reject) => {
        child.stdout.once("data", (text) => resolve(String(text).trim()));
        child.once("exit", () => reject(new Error("the agent did not start")));
      });
      return { folder, kill: (signal) => (child.kill(signal), ended) };
    }
    const anHourAgo = new Date(Date.now() - 3_600_000);

    it("goes when that process exits", async () => {
      const { folder, kill } = await agentProcess();
      expect(existsSync(folder)).toBe(true);
      await kill("SIGTERM");
      expect(existsSync(folder)).toBe(false);
    });

    it("is left behind when that process is killed, and removed by the next run", async () => {
      const { folder, kill } = await agentProcess();
      await kill("SIGKILL");
      expect(existsSync(folder)).toBe(true);
      await removeLeftovers(base);
      expect(existsSync(folder)).toBe(true); // so young that its agent might just be starting
      utimesSync(folder, anHourAgo, anHourAgo);
      await removeLeftovers(base);
      expect(existsSync(folder)).toBe(false);
    });

    it("is left alone while that process lives", async () => {
      const { folder, kill } = await agentProcess();
      utimesSync(folder, anHourAgo, anHourAgo);
      await removeLeftovers(base);
      expect(existsSync(folder)).toBe(true);
      await kill("SIGKILL");
    });
  });

  it("is not made where another user could put a folder of his in its place", () => {
    const [open, shared] = [join(base, "open"), join(base, "shared")];
    for (const folder of [open, shared]) mkdirSync(folder);
    chmodSync(open, 0o777);
    chmodSync(shared, 0o1777); // as /tmp
    expect(() => makeRunFolder([open])).toThrow(/open: another user could swap what is in it/);
    expect(makeRunFolder([open, shared]).startsWith(shared)).toBe(true);
  });

  (process.getuid!() === 0 ? it : it.skip)("is not made in a folder of another user", () => {
    chownSync(base, 65534, 65534);
    expect(() => makeRunFolder([base])).toThrow(/another user could swap/);
  });

  describe("that is a leftover", () => {
    const old = new Date(0);
    let folder: string;
    beforeEach(() => {
      folder = join(base, "kluster-ssh-aaaaaa");
      mkdirSync(folder, 0o700);
    });
    const cleanUp = async () => {
      lutimesSync(folder, old, old);
      await removeLeftovers(base);
    };

    it("goes with all that a run has written", async () => {
      for (const name of ["agent.sock", "identity-0123456789abcdef", "known-hosts-0123456789abcdef.new"])
        writeFileSync(join(folder, name), "");
      await cleanUp();
      expect(existsSync(folder)).toBe(false);
    });

    it("is not a way to anything else: neither folders in it nor links are followed", async () => {
      const elsewhere = join(base, "elsewhere");
      for (const parent of [elsewhere, join(folder, "sub")]) {
        mkdirSync(parent);
        writeFileSync(join(parent, "agent.sock"), "");
      }
      symlinkSync(elsewhere, join(folder, "link"));
      symlinkSync(elsewhere, join(folder, "identity-0123456789abcdef"));
      const other = folder;
      folder = join(base, "kluster-ssh-bbbbbb");
      symlinkSync(elsewhere, folder);
      lutimesSync(other, old, old);
      await cleanUp();
      expect(readdirSync(other).sort()).toEqual(["link", "sub"]);
      expect(readdirSync(join(other, "sub"))).toEqual(["agent.sock"]);
      expect(readdirSync(elsewhere)).toEqual(["agent.sock"]);
    });

    (process.getuid!() === 0 ? it : it.skip)("of another user stays as it is", async () => {
      writeFileSync(join(folder, "agent.sock"), "");
      chownSync(folder, 65534, 65534);
      await cleanUp();
      expect(readdirSync(folder)).toEqual(["agent.sock"]);
    });

    it("stays where others may write to it", async () => {
      writeFileSync(join(folder, "agent.sock"), "");
      chmodSync(folder, 0o770);
      await cleanUp();
      expect(readdirSync(folder)).toEqual(["agent.sock"]);
    });
  });

  it("is not looked for in folders of other names", async () => {
    const other = join(base, "somebody-else");
    mkdirSync(other);
    utimesSync(other, new Date(0), new Date(0));
    await removeLeftovers(base);
    expect(existsSync(other)).toBe(true);
  });
});

it("an agent does not keep the process alive", async () => {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { Agent } from "./provider/ssh/agent"; void Agent.start().then(() => console.log("up"));`,
      resolveDir: join(__dirname, "../../.."),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    external: ["*.node"],
    write: false,
  });
  const child = promisify(execFile)(process.execPath, ["-"], { timeout: 50_000 });
  child.child.stdin!.end(outputFiles[0].text);
  expect((await child).stdout).toBe("up\n");
});
