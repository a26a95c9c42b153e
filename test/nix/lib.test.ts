import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { shippedFacts } from "./facts";
import {
  checkout,
  describeWithNix,
  describeWithRealLib,
  labLib,
  libs,
  nixIsThere,
  realLib,
  ScratchNix,
  value,
} from "./nix";

const folder = join(__dirname, "lib");

interface Case {
  attempt: { success: boolean; value: unknown };
  /** What the message of its failure says, if it must fail. */
  fails: string | null;
  expected: unknown;
}

/** A module that gives a list, and what it imports. */
interface Node {
  imports: Node[];
  value: number[];
  when: boolean;
  priority: number | null;
  order: number | null;
}

const node = fc.letrec<{ node: Node; nodes: Node[] }>((tie) => ({
  nodes: fc.array(tie("node"), { maxLength: 3, depthIdentifier: "module" }),
  node: fc.record({
    imports: fc.oneof(
      { depthIdentifier: "module", maxDepth: 3, withCrossShrink: true },
      fc.constant([]),
      tie("nodes"),
    ) as fc.Arbitrary<Node[]>,
    value: fc.array(fc.nat(99), { maxLength: 3 }),
    when: fc.boolean(),
    priority: fc.constantFrom(null, null, null, 50, 1000),
    order: fc.constantFrom(null, null, 500, 1500, 1000, 1200),
  }),
}));

/** What the modules of a tree define together, by the rules of the NixOS manual. */
function merged(tree: Node[]): number[] {
  const all = [...tree];
  for (let i = 0; i < all.length; i++) all.push(...all[i].imports); // breadth first
  const defined = all.reverse().filter((n) => n.when);
  const strongest = Math.min(...defined.map((n) => n.priority ?? 100));
  return defined
    .filter((n) => (n.priority ?? 100) === strongest)
    .sort((a, b) => (a.order ?? 1000) - (b.order ?? 1000))
    .flatMap((n) => n.value);
}

const nix = new ScratchNix();
afterAll(() => nix.remove());

const evaluateCases = (lib: string): Record<string, Record<string, Case>> =>
  value(nix.evaluate([join(folder, "all.nix"), "--arg", "lib", lib, "-A", "results"]));

describeWithNix.each(libs)("$name", ({ folder: lib }) => {
  const results = nixIsThere ? evaluateCases(lib) : {};

  for (const [subject, cases] of Object.entries(results)) {
    describe(subject, () => {
      for (const [name, { attempt, fails, expected }] of Object.entries(cases)) {
        if (fails === null) {
          it(name, () => expect(attempt).toEqual({ success: true, value: expected }));
        } else {
          it(`${name} (fails)`, () => {
            expect(attempt.success).toBe(false);
            if (lib !== labLib) return; // in other words, perhaps
            const path = `cases.${subject}."${name}".it`;
            const evaluation = nix.evaluate([join(folder, "all.nix"), "--arg", "lib", lib, "-A", path]);
            expect(evaluation.ok).toBe(false);
            expect(evaluation.messages).toContain(fails.replace(/\s+/g, " "));
          });
        }
      }
    });
  }

  it("merges the lists of any tree of modules by conditions, priorities and order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(node.node, { maxLength: 3 }), { minLength: 1, maxLength: 20 }),
        (trees) => {
          const random = [
            join(folder, "random.nix"),
            "--arg",
            "lib",
            lib,
            "--argstr",
            "trees",
            JSON.stringify(trees),
          ];
          expect(value(nix.evaluate(random))).toEqual(trees.map(merged));
        },
      ),
      { numRuns: 10 },
    );
  });
});

describeWithRealLib("the lab's lib beside nixpkgs' own", () => {
  it("has no name that the real one lacks", () => {
    const names = [join(folder, "names.nix"), "--arg", "ours", labLib, "--arg", "real", realLib!];
    expect(value(nix.evaluate(names))).toEqual([]);
  });

  it("makes the same systems of the lab's nixpkgs, down to the hash", () => {
    const facts = join(nix.folder, "facts.json");
    writeFileSync(facts, JSON.stringify(shippedFacts()));
    const [nixpkgs, entry] = ["lab/nixpkgs", "nix/default.nix"].map((path) => join(checkout, path));
    const systems = (lib: string) =>
      value(
        nix.evaluate([entry, "--argstr", "facts", facts, "--arg", "nixpkgs", nixpkgs], {
          KLUSTER_NIXPKGS_LIB: lib,
        }),
      );
    expect(systems(labLib)).toEqual(systems(realLib!));
  });
});
