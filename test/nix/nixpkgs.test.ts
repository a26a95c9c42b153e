import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examples } from "./examples";
import { Facts } from "./facts";
import { checkout, describeWithGivenNixpkgs, nixpkgs, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
afterAll(() => nix.remove());

const evaluate = (file: string, facts: Facts) => {
  const document = join(mkdtempSync(join(nix.folder, "facts-")), "facts.json");
  writeFileSync(document, JSON.stringify(facts));
  const args = ["--argstr", "facts", document, "--arg", "nixpkgs", nixpkgs];
  return value(nix.evaluate(["--read-write-mode", join(checkout, "nix", file), ...args]));
};

/** The lab's own nixpkgs passes these in test/lab/nixpkgs. */
describeWithGivenNixpkgs("with the nixpkgs that KLUSTER_NIXPKGS names", () => {
  const table: Record<string, { type: string; declaredIn: string }> = JSON.parse(
    readFileSync(join(checkout, "nix/options.json"), "utf8"),
  );

  test("every option that nix/ sets has the type in nix/options.json", () => {
    const list = Object.keys(table).map((name) => JSON.stringify(name));
    const file = join(checkout, "test/lab/nixpkgs/options.nix");
    const args = ["--arg", "names", `[ ${list.join(" ")} ]`, "--arg", "nixpkgs", nixpkgs];
    const expected = Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, type]));
    expect(value(nix.evaluate([file, ...args]))).toEqual(expected);
  });

  test.each(examples)("there is a system of each machine of $what", ({ facts }) => {
    const made = evaluate("default.nix", facts());
    expect(Object.keys(made)).toEqual(Object.keys(facts().machines).sort());
    for (const [name, { storePath }] of Object.entries<any>(made))
      expect(storePath).toMatch(new RegExp(`/[a-z0-9]{32}-nixos-system-${name}-`));
  });

  test("there is an installer for kexec", () => {
    const { installer } = evaluate("kexec-installer.nix", examples[0]!.facts());
    expect(installer.storePath).toMatch(/\/[a-z0-9]{32}-kluster-kexec-installer$/);
  });
});
