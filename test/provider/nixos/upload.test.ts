import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { Scripts } from "../../../provider/nixos/scripts";
import { Upload, uploadClosure } from "../../../provider/nixos/upload";
import { open, Open, Run } from "../../../provider/process";
import { connect, Session } from "../../../provider/ssh";
import { describeWithSshd, Sshd, startSshd } from "../ssh/sshd";

describeWithSshd("sending a closure to a machine without Nix", () => {
  let sshd: Sshd;
  let session: Session;
  let folder: string;
  let sent: string[];
  let said: string[];

  /** Paths in the machine's store; what they hold here is in another folder. */
  const there = (name: string) => join(folder, "there", "store", name);

  const run: Run = async (_command, [, what, ...paths]) => ({
    code: 0,
    stdout: what === "--size" ? paths.map(() => "3000000\n").join("") : `${there("lib")}\n${there("tree")}\n`,
    stderr: "",
  });
  /** The real tar, from the folder that stands for the operator's store. */
  const fromHere: Open = (command, args) => {
    sent.push(args.at(-1)!);
    return open(
      command,
      args.map((arg) => (arg.startsWith("--directory=") ? `--directory=${join(folder, "here")}` : arg)),
    );
  };
  const upload = (changes: Partial<Upload> = {}) =>
    uploadClosure(
      {
        ...{ run, session, open: fromHere, status: (message: string) => void said.push(message) },
        scripts: new Scripts("scripts"),
        ...changes,
      },
      there("tree"),
    );

  beforeAll(async () => {
    sshd = await startSshd();
    session = await connect(sshd.login, { timeout: 20_000 });
  });
  afterAll(async () => {
    session.close();
    await sshd.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kluster-upload-"));
    [sent, said] = [[], []];
    mkdirSync(join(folder, "here", "tree"), { recursive: true });
    writeFileSync(join(folder, "here", "lib"), "library");
    writeFileSync(join(folder, "here", "tree", "initrd"), Buffer.alloc(3_000_000, 7), { mode: 0o444 });
    chmodSync(join(folder, "here", "tree"), 0o555); // as everything in a store
  });
  afterEach(() => {
    spawnSync("chmod", ["-R", "u+w", folder]);
    rmSync(folder, { recursive: true });
  });

  test("puts every path there, read-only as it was, and says how far it is", async () => {
    await upload();
    expect(readFileSync(there("lib"), "utf8")).toBe("library");
    expect(readFileSync(there("tree/initrd"))).toEqual(Buffer.alloc(3_000_000, 7));
    expect(statSync(there("tree")).mode & 0o777).toBe(0o555);
    expect(said.at(-1)).toMatch(/^sending the installer: [34] of 6 MB$/);
  });

  test("a second time sends nothing", async () => {
    await upload();
    sent = [];
    await upload();
    expect(sent).toEqual([]);
  });

  test("goes on where a killed run stopped, and does not take half a path for a whole one", async () => {
    await expect(
      upload({
        open: (command, args) =>
          basename(args.at(-1)!) === "lib" ? fromHere(command, args) : failing(1_000_000, "killed"),
      }),
    ).rejects.toThrow("killed");
    expect([existsSync(there("lib")), existsSync(there("tree"))]).toEqual([true, false]);
    sent = [];
    await upload();
    expect(sent).toEqual(["tree"]);
    expect(statSync(there("tree/initrd")).size).toBe(3_000_000);
  });

  test("keeps nothing of a path that could not be read, although the archive looked whole", async () => {
    rmSync(join(folder, "here", "lib")); // tar goes on without it, ends its archive properly and fails
    await expect(upload()).rejects.toThrow(/tar ended with 2: .*lib/);
    expect(existsSync(there("lib"))).toBe(false);
  });

  test("fails with the machine's words where it has no room", async () => {
    writeFileSync(join(folder, "there"), "a file where the store should be");
    await expect(upload()).rejects.toThrow(/receive-path\.sh failed[^]*there/);
  });

  test("gives up when nothing moves", async () => {
    const stuck = new Readable({ read() {} });
    await expect(upload({ open: () => stuck, stall: 300 })).rejects.toThrow(
      "the machine has taken nothing of the installer for 0.3 s",
    );
    expect(stuck.destroyed).toBe(true);
  });
});

/** A stream that breaks off after some bytes of the archive of "tree". */
function failing(bytes: number, reason: string): Readable {
  let left = bytes;
  return new Readable({
    read(size) {
      if (left <= 0) return void this.destroy(new Error(reason));
      left -= size;
      this.push(Buffer.alloc(size));
    },
  });
}
