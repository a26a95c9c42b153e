import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Evaluator, filesTakingPart } from "../../../provider/nixos/evaluate";
import { Derivation } from "../../../provider/nixos/system";
import { Run } from "../../../provider/process";

/** A Nix that counts its evaluations and says which files it has read. */
class FakeNix {
  evaluations = 0;
  /** Files that were evaluated. */
  readonly asked: string[] = [];
  answer: { code: number | null; stdout: string; stderr: string };

  constructor(readonly folder: string) {
    this.answer = {
      code: 0,
      stdout: JSON.stringify({
        il: { drvPath: join(folder, "il.drv"), storePath: "/nix/store/il", secrets: [] },
      }),
      stderr: `evaluating file '${folder}/nix/default.nix'\nevaluating file '${folder}/user/il.nix'\nevaluating file '/nix/store/x/lib.nix'\n`,
    };
  }

  run: Run = async (_command, args) => {
    if (args[0] === "--version") return { code: 0, stdout: "nix-instantiate (Nix) 2.20.0", stderr: "" };
    this.evaluations++;
    this.asked.push(args.find((arg) => arg.endsWith(".nix"))!);
    return this.answer;
  };
}

describe("the evaluator", () => {
  let folder: string;
  let nix: FakeNix;
  let evaluator: Evaluator;
  const facts = { machines: { il: {} } };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kluster-evaluate-"));
    for (const name of ["nix", "user"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "nix", "default.nix"), "{}");
    writeFileSync(join(folder, "user", "il.nix"), "{}");
    writeFileSync(join(folder, "il.drv"), "Derive()");
    nix = new FakeNix(folder);
    evaluator = new Evaluator(nix.run, join(folder, "nix"), join(folder, "cache"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const evaluate = (given: object = facts) => evaluator.evaluate({ ...given }, "2.18");

  test("evaluates once for the same facts and files", async () => {
    const first = await evaluate();
    expect(await evaluate()).toEqual(first);
    expect(nix.evaluations).toBe(1);
  });

  test.each<[string, () => void]>([
    ["one of our modules changes", () => writeFileSync(join(folder, "nix", "default.nix"), "{ }")],
    ["a module of the user's changes", () => writeFileSync(join(folder, "user", "il.nix"), "{ }")],
    ["a file that took part is gone", () => rmSync(join(folder, "user", "il.nix"))],
    ["the derivation has been garbage-collected", () => rmSync(join(folder, "il.drv"))],
    ["the cache has been emptied", () => rmSync(join(folder, "cache"), { recursive: true })],
  ])("evaluates again when %s", async (_, happens) => {
    await evaluate();
    happens();
    await evaluate();
    expect(nix.evaluations).toBe(2);
  });

  test("notices a change of a file beside a module, which builtins.readFile may have read", async () => {
    writeFileSync(join(folder, "user", "motd"), "hello");
    await evaluate();
    writeFileSync(join(folder, "user", "motd"), "good bye");
    await evaluate();
    expect(nix.evaluations).toBe(2);
  });

  test("evaluates other facts anew", async () => {
    await evaluate();
    await evaluate({ machines: { ee: {} } });
    expect(nix.evaluations).toBe(2);
  });

  test("tells the results of two files of the folder apart", async () => {
    await evaluate();
    const installers = new Evaluator(
      nix.run,
      join(folder, "nix"),
      join(folder, "cache"),
      "kexec-installer.nix",
    );
    await installers.evaluate({ ...facts }, "2.18");
    expect(nix.asked).toEqual([
      join(folder, "nix", "default.nix"),
      join(folder, "nix", "kexec-installer.nix"),
    ]);
  });

  test("keeps what is made of a result, makes it once, and anew when something else is to be made of it", async () => {
    const keeping = (version: number) =>
      new Evaluator<Derivation & { version: number }>(
        nix.run,
        join(folder, "nix"),
        join(folder, "cache"),
        undefined,
        {
          version,
          keep: (printed) => ({ ...(printed as Derivation), version: version + kept++ }),
        },
      );
    let kept = 0;
    const first = await keeping(1).evaluate({ ...facts }, "2.18");
    expect(first.il).toEqual({ ...first.il, version: 1 });
    expect(await keeping(1).evaluate({ ...facts }, "2.18")).toEqual(first);
    expect([nix.evaluations, kept]).toEqual([1, 1]);
    await keeping(2).evaluate({ ...facts }, "2.18");
    expect([nix.evaluations, kept]).toEqual([2, 2]);
  });

  test("throws Nix's own explanation and keeps nothing of a failure", async () => {
    const good = nix.answer;
    nix.answer = {
      code: 1,
      stdout: "",
      stderr: "evaluating file '/x'\nerror: The option `foo' does not exist.\n",
    };
    await expect(evaluate()).rejects.toThrow("error: The option `foo' does not exist.");
    nix.answer = good;
    await expect(evaluate()).resolves.toHaveProperty("il");
  });

  test.each<[string, number | null, string]>([
    ["ended by the system", null, "evaluating file '/x'\n"],
    ["out of memory by its own account", 1, "evaluating file '/x'\nerror: out of memory\n"],
  ])("says how much memory so many machines take, where Nix was %s", async (_, code, stderr) => {
    nix.answer = { code, stdout: "", stderr };
    const machines = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`m${i}`, {}]));
    await expect(evaluate({ machines })).rejects.toThrow(
      /before it was done.*no memory left.*10 machines.*about 6 GB.*swap/s,
    );
    await expect(evaluate({})).rejects.toThrow(/about 1\.5 GB/); // the installer is one system
  });
});

test("files take part that Nix evaluated or copied, unless they are in the store", () => {
  const log = [
    "evaluating file '/home/me/kluster/nix/default.nix'",
    "evaluating file '/nix/store/abc-source/lib/default.nix'",
    "copied source '/home/me/motd' -> '/nix/store/def-motd'",
    "evaluating file '/home/me/kluster/nix/default.nix'",
    "instantiated 'x' -> '/nix/store/ghi.drv'",
  ].join("\n");
  expect(filesTakingPart(log)).toEqual(["/home/me/kluster/nix/default.nix", "/home/me/motd"]);
});
