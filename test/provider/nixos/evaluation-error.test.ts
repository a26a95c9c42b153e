import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluationMessage, readEvaluationError } from "../../../provider/nixos/evaluation-error";
import { describeWithNix, libs, ScratchNix } from "../../nix/nix";

/** As Nix 2.24 writes it, shortened. */
const newer = `evaluating file '/home/me/kluster/nix/default.nix'
error:
       … while evaluating the attribute 'config.system.build.toplevel'
         at /nix/store/aaa-source/lib/modules.nix:334:9:
          333|         options = checked options;
          334|         config = checked (removeAttrs config [ "_module" ]);
             |         ^

       … while evaluating definitions from \`/home/me/machines/base.nix':

       … while evaluating the module argument \`inputs' in "/home/me/machines/ee.nix":

       … noting that argument \`inputs\` is not externally provided, so querying \`_module.args\` instead, requiring \`config\`

       error: infinite recursion encountered
       at /nix/store/aaa-source/lib/modules.nix:685:13:
          684|             "noting …"
          685|             config._module.args.\${name}
             |             ^
`;

/** As Nix 2.8 writes it, shortened. */
const older = `evaluating file '/home/me/kluster/nix/default.nix'
error: attribute 'inputs' missing

       at /nix/store/aaa-source/lib/modules.nix:100:50:
       … while evaluating the module argument \`inputs' in "/home/me/machines/ee.nix":

       … while evaluating definitions from \`/home/me/machines/base.nix':
`;

describe("of a failed evaluation's trace", () => {
  test.each([
    ["newer", newer, /^error: infinite recursion encountered\nat \/nix.*\n   684\|[^]*\^$/],
    [
      "older",
      older,
      /^error: attribute 'inputs' missing\n\n {7}at \/nix\/store\/aaa-source\/lib\/modules.nix:100:50:$/,
    ],
  ])("the error itself is told from the way there, of a %s Nix", (_, stderr, text) => {
    const error = readEvaluationError(stderr);
    expect(error.text).toMatch(text);
    expect(error.trace).not.toContain("evaluating file '");
    expect(error.trace).toContain("while evaluating definitions from");
  });

  test.each([
    [
      "newer",
      "error:\n       … while evaluating x\n\n       error:\n       Failed assertions:\n       - kluster: no\n",
    ],
    [
      "older",
      "error:\n       Failed assertions:\n       - kluster: no\n\n       … while evaluating x\n\n       … from call site\n",
    ],
  ])("an error of several lines is there whole, of a %s Nix", (_, stderr) => {
    expect(readEvaluationError(stderr).text).toMatch(/^error:\s+Failed assertions:\s+- kluster: no$/);
  });

  test.each([
    ["newer", newer],
    ["older", older],
  ])("the argument that nothing gives is named with the user's file, of a %s Nix", (_, stderr) => {
    const error = readEvaluationError(stderr);
    expect(error.missing).toEqual({ argument: "inputs", file: "/home/me/machines/ee.nix" });
    expect(error.files).toEqual(["/home/me/machines/ee.nix", "/home/me/machines/base.nix"]);
    expect(evaluationMessage(error, "/cache/trace.txt").split("\n").slice(-2)).toEqual([
      'The module /home/me/machines/ee.nix asks for the argument `inputs`, which nothing gives it: kluster evaluates no flake, and gives config, options, lib, pkgs, modulesPath, kluster. docs/guide/modules.md, "Modules of flakes", shows how to use one.',
      "All of Nix's way there (its --show-trace) is in /cache/trace.txt.",
    ]);
  });

  test.each([
    ["another error", newer.replace("infinite recursion encountered", "cannot coerce a set to a string")],
    [
      "a module of nixpkgs itself",
      newer.replaceAll("/home/me/machines/ee.nix", "/nix/store/aaa-source/x.nix"),
    ],
    ["an argument that all modules get", newer.replaceAll("`inputs'", "`pkgs'")],
  ])("no argument is missing for %s", (_, stderr) =>
    expect(readEvaluationError(stderr).missing).toBeUndefined(),
  );

  test("the user's file is named where the error does not name it", () => {
    const error = readEvaluationError(newer.replaceAll("`inputs'", "`pkgs'"));
    expect(evaluationMessage(error, "/t")).toContain("Nix came there from /home/me/machines/ee.nix.");
  });

  test("Nix's word for --show-trace, which the user has no place for, is left out", () => {
    const stderr =
      "error:\n       … x\n\n       (stack trace truncated; use '--show-trace' to show the full trace)\n\n       error: y";
    expect(readEvaluationError(stderr).text).toBe("error: y");
    expect(
      readEvaluationError("error: y\n(use '--show-trace' to show detailed location information)").text,
    ).toBe("error: y");
  });

  test("what is no error of Nix's is left as it is", () =>
    expect(readEvaluationError("Killed\n")).toEqual({ text: "Killed", trace: "Killed", files: [] }));
});

describeWithNix("the installed Nix", () => {
  const nix = new ScratchNix();
  const folder = mkdtempSync(join(tmpdir(), "kluster-flake-"));
  afterAll(() => {
    nix.remove();
    rmSync(folder, { recursive: true });
  });

  describe.each(libs)("with $name", ({ folder: lib }) => {
    test.each([
      ["its imports", "{ inputs, ... }: { imports = [ inputs.disko.nixosModules.disko ]; }"],
      ["a value", "{ inputs, lib, ... }: { options.x = lib.mkOption { default = inputs.x; }; }"],
    ])("lets a module's file be named that asks for a flake's inputs for %s", (_, content) => {
      const file = join(folder, "ee.nix");
      writeFileSync(file, content);
      const expression = `((import ${lib}).evalModules { modules = [ ${file} ]; }).config`;
      const args = ["--eval", "--strict", "--show-trace", "--store", join(folder, "store"), "-E", expression];
      const { stderr } = spawnSync("nix-instantiate", args, { encoding: "utf8" });
      expect(readEvaluationError(stderr)).toMatchObject({ missing: { argument: "inputs", file } });
    });
  });
});
