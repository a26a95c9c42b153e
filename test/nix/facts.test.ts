import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Facts, shippedFacts } from "./facts";
import { checkout, describeWithNix, Evaluation, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
const factsFile = () => join(nix.folder, "facts.json");
afterAll(() => nix.remove());

/** Reads facts as nix/default.nix does. */
function read(facts: unknown): Evaluation {
  const file = factsFile();
  writeFileSync(file, JSON.stringify(facts));
  return nix.evaluate(["-E", `import ${checkout}/nix/facts.nix "${file}"`]);
}

/** The facts with one thing changed. */
function changed(change: (facts: any) => void): Facts {
  const facts = shippedFacts();
  change(facts);
  return facts;
}

/** Each path of the document that leads to a value, such as ["machines", "il", "macs", "egress"]. */
function paths(at: any = shippedFacts(), path: string[] = []): string[][] {
  const named = typeof at === "object" && !Array.isArray(at);
  return named ? Object.keys(at).flatMap((key) => paths(at[key], [...path, key])) : [path];
}

// Which machines and hosts there are is the inventory's matter; everything about each of them must be there.
const required = paths().filter(([first, second]) => first !== "machines" || second === "il");
const fields = required.filter((path) => path[1] !== "hosts");

describeWithNix("the facts", () => {
  it("are taken as they are when they are complete", () => {
    expect(value(read(shippedFacts()))).toEqual(shippedFacts());
  });

  it("lose what nobody asks for", () => {
    const facts = changed((f) => {
      f.extra = 1;
      f.cluster.extra = 1;
      f.machines.il.extra = 1;
      f.machines.il.macs.extra = 1;
    });
    expect(value(read(facts))).toEqual(shippedFacts());
  });

  it.each(fields.map((path) => [path.join("."), path] as const))("cannot do without %s", (name, path) => {
    const evaluation = read(
      changed((facts) => {
        delete path.slice(0, -1).reduce((at, key) => at[key], facts)[path.at(-1)!];
      }),
    );
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${name} is missing, in the facts ${factsFile()}`);
  });

  it.each(required.map((path) => [path.join("."), path] as const))("want %s of its type", (name, path) => {
    const evaluation = read(
      changed((facts) => {
        path.slice(0, -1).reduce((at, key) => at[key], facts)[path.at(-1)!] = true;
      }),
    );
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${name} must be a `);
    expect(evaluation.messages).toContain("not a bool");
  });

  it.each<[string, (facts: any) => void, string]>([
    [
      "a kind that there is no module for",
      (f) => (f.machines.ee.kind = "vmware"),
      'machines.ee.kind is "vmware"; allowed: "virtualbox"',
    ],
    [
      "an unknown role",
      (f) => (f.machines.ee.roles = ["node", "worker"]),
      'machines.ee.roles holds "worker"; allowed: "master", "node"',
    ],
    ["a machine without a role", (f) => (f.machines.ee.roles = []), "machines.ee.roles is empty"],
    [
      "a second master",
      (f) => (f.machines.ee.roles = ["master"]),
      'machines.ee.roles and cluster.master ("il") disagree',
    ],
    [
      "a master without the role",
      (f) => (f.machines.il.roles = ["node"]),
      'machines.il.roles and cluster.master ("il") disagree',
    ],
    [
      "a master that is no host",
      (f) => (f.cluster.master = "fern"),
      'cluster.master is "fern", which is none of the hosts: "ee", "il", "sam"',
    ],
    [
      "an address that the hosts don't know",
      (f) => (f.machines.ee.address = "192.168.56.99"),
      'machines.ee.address is "192.168.56.99", but cluster.hosts says "192.168.56.12"',
    ],
    [
      "a machine that is no host",
      (f) => delete f.cluster.hosts.sam,
      'machines.sam.address is "192.168.56.13", but cluster.hosts says nothing of sam',
    ],
    ["nobody who may log in", (f) => (f.cluster.authorizedKeys = []), "cluster.authorizedKeys is empty"],
    [
      "a module by a relative path",
      (f) => (f.machines.il.modules = ["my.nix"]),
      'machines.il.modules holds "my.nix", which is not an absolute path',
    ],
    [
      "a module that is not a path",
      (f) => (f.cluster.modules = [1]),
      "cluster.modules must hold strings only",
    ],
  ])("refuse %s", (_, change, message) => {
    const evaluation = read(changed(change));
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(`kluster: ${message}`);
    expect(evaluation.messages).toContain(factsFile());
  });

  it("are not looked for below Nix's working folder", () => {
    const evaluation = nix.evaluate([join(checkout, "nix/default.nix"), "--argstr", "facts", "facts.json"]);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain('the path of the facts must be absolute, not "facts.json"');
  });
});
