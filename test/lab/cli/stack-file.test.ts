import fc from "fast-check";
import { stackFileWith } from "../../../lab/cli/stack-file";

const ours = {
  "kluster:inventory": "/state/hosts.toml",
  "kluster:nixpkgs": { url: "file:///n.tar.gz", sha256: "0a", minimumNix: "2.8" },
};
const inventoryLine = '  kluster:inventory: "/state/hosts.toml"';
const nixpkgsLine = '  kluster:nixpkgs: {"url":"file:///n.tar.gz","sha256":"0a","minimumNix":"2.8"}';

describe("stackFileWith", () => {
  test.each([
    ["an empty file", "", ["config:", inventoryLine, nixpkgsLine, ""]],
    ["an empty config", "config: {}\n", ["config:", inventoryLine, nixpkgsLine, ""]],
    [
      "a file with a salt and other settings",
      "encryptionsalt: v1:abc=\nconfig:\n  kluster:memory: 4096 # MB\n  hcloud:token:\n    secure: v1:x\n",
      [
        "encryptionsalt: v1:abc=",
        "config:",
        inventoryLine,
        nixpkgsLine,
        "  kluster:memory: 4096 # MB",
        "  hcloud:token:",
        "    secure: v1:x",
        "",
      ],
    ],
    [
      "a file with other values of the same settings",
      'config:\n  kluster:nixpkgs:\n    url: https://x\n\n    sha256: y\n  kluster:cpus: 2\n  "kluster:inventory": other.toml\nenvironment: []\n',
      ["config:", inventoryLine, nixpkgsLine, "  kluster:cpus: 2", "environment: []", ""],
    ],
    [
      "comments only",
      "# the stack of this box\n",
      ["# the stack of this box", "config:", inventoryLine, nixpkgsLine, ""],
    ],
  ])("puts the lab's settings into %s and keeps the rest", (_, text, lines) => {
    expect(stackFileWith(text, ours)).toBe(lines.join("\n"));
  });

  test("follows the indentation that the file has", () => {
    expect(stackFileWith("config:\n    kluster:cpus: 2\n", { "kluster:inventory": "x" })).toBe(
      'config:\n    kluster:inventory: "x"\n    kluster:cpus: 2\n',
    );
  });

  test("changes nothing the second time", () => {
    const key = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
    const line = fc.tuple(key, fc.integer()).map(([name, value]) => `  other:${name}: ${value}`);
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        fc.dictionary(
          fc.tuple(fc.constantFrom("kluster", "hcloud"), key).map((words) => words.join(":")),
          fc.string(),
          { maxKeys: 4 },
        ),
        (lines, settings) => {
          const once = stackFileWith(["config:", ...lines, "encryptionsalt: v1:s"].join("\n"), settings);
          expect(stackFileWith(once, settings)).toBe(once);
          expect(once.split("\n")).toEqual(expect.arrayContaining([...lines, "encryptionsalt: v1:s"]));
        },
      ),
    );
  });

  test("refuses a style that it cannot add to", () => {
    expect(() => stackFileWith("config: {a: 1}\n", ours)).toThrow('says "config: {a: 1}"');
  });
});
