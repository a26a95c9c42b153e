import * as fc from "fast-check";
import { isAtLeast, NixError, nixErrorText, requireNix } from "../../../provider/nixos/nix";
import { Run } from "../../../provider/process";

const says =
  (stdout: string, code = 0): Run =>
  async () => ({ code, stdout, stderr: "" });

test.each([
  ["2.18", "2.18", true],
  ["2.18.1", "2.18", true],
  ["2.9.0", "2.18", false],
  ["3.0", "2.18", true],
  ["2.8.0", "2.8", true],
])("Nix %s is at least %s: %s", (version, minimum, expected) => {
  expect(isAtLeast(version, minimum)).toBe(expected);
});

test("of two different versions exactly one is at least the other", () => {
  const version = fc.array(fc.nat(30), { minLength: 3, maxLength: 3 }).map((parts) => parts.join("."));
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(isAtLeast(a, b) && isAtLeast(b, a)).toBe(a === b);
      expect(isAtLeast(a, b) || isAtLeast(b, a)).toBe(true);
    }),
  );
});

describe("the check of the operator's Nix", () => {
  test.each([
    "nix-instantiate (Nix) 2.18.1\n",
    "nix-instantiate (Lix, like Nix) 2.91.0\n",
    "nix-instantiate (Determinate Nix 3.1) 2.26.3\n",
  ])("takes %j", async (line) => {
    await expect(requireNix(says(line), "2.18")).resolves.toBeUndefined();
  });

  test("refuses an old one and names both versions and the ways out", async () => {
    await expect(requireNix(says("nix-instantiate (Nix) 2.8.0\n"), "2.18")).rejects.toThrow(
      "Nix 2.8.0 is too old for the pinned nixpkgs, which needs 2.18 or newer. Upgrade Nix, or pin an older nixpkgs with kluster:nixpkgs.",
    );
  });

  test("says how to get it where it is missing", async () => {
    const missing: Run = async () => {
      throw Object.assign(new Error("spawn nix-instantiate ENOENT"), { code: "ENOENT" });
    };
    await expect(requireNix(missing, "2.18")).rejects.toThrow(/Install Nix 2\.18 or newer/);
    await expect(requireNix(missing, "2.18")).rejects.toBeInstanceOf(NixError);
  });
});

test("of Nix's stderr the errors are kept, not the log before them", () => {
  const log =
    "evaluating file '/a.nix'\nwarning: x\nerror: undefined variable 'foo'\n\n       at /b.nix:3:5:\n";
  expect(nixErrorText(log)).toBe("error: undefined variable 'foo'\n\n       at /b.nix:3:5:");
  expect(nixErrorText("killed\n")).toBe("killed");
});
