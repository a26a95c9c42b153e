import { diffInputs } from "../../../lab/plugins/command/diff";
import { goQuote } from "../../../lab/plugins/command/go-text";
import { Output } from "../../../lab/plugins/command/output";
import { secret } from "../../../lab/plugins/values";

describe("how a command's inputs changed", () => {
  test.each([
    ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, {}],
    ["something more", {}, { update: "x" }, { update: { kind: "ADD" } }],
    ["something less", { delete: "x" }, {}, { delete: { kind: "DELETE" } }],
    [
      "members of lists and of objects",
      { triggers: [1, 2], environment: { A: "b", C: "d" } },
      { triggers: [1, 3, 4], environment: { A: "c", "E.F": "g" } },
      {
        "triggers[1]": { kind: "UPDATE" },
        "triggers[2]": { kind: "ADD" },
        "environment.A": { kind: "UPDATE" },
        "environment.C": { kind: "DELETE" },
        'environment["E.F"]': { kind: "ADD" },
      },
    ],
    [
      "what is secret, without its members",
      { connection: secret({ host: "a", port: 22 }) },
      { connection: secret({ host: "b", port: 22 }) },
      { connection: { kind: "UPDATE" } },
    ],
    ["something that became a secret", { stdin: "x" }, { stdin: secret("x") }, { stdin: { kind: "UPDATE" } }],
  ])("%s", (_, before, after, details) => {
    const answer = diffInputs(before, after);
    expect(answer.detailedDiff).toEqual(details);
    expect(answer.diffs).toEqual(
      [...new Set(Object.keys(details).map((path) => path.split(/[.[]/)[0]))].sort(),
    );
    expect(answer.changes).toBe(answer.diffs!.length ? "DIFF_SOME" : "DIFF_NONE");
  });
});

test("commands are quoted as Go does", () =>
  expect(goQuote('a "b"\n\t\\ ü <&> \u0007\v\u0001\x7f')).toBe(
    '"a \\"b\\"\\n\\t\\\\ ü <&> \\a\\v\\x01\\x7f"',
  ));

describe("what a command prints", () => {
  const chunks = (output: Output, ...texts: string[]) =>
    texts.forEach((text) => output.add("stdout", Buffer.from(text, "latin1")));

  test("loses one newline at its end, and no more", () => {
    const output = new Output(undefined, () => {});
    chunks(output, "a\n\n");
    output.add("stderr", Buffer.from("b"));
    expect(output.both()).toBe("a\n\nb");
    expect(output.finish()).toEqual({ stdout: "a\n", stderr: "b" });
  });

  test("is shown by whole lines and characters, however it comes", () => {
    const lines: string[] = [];
    const output = new Output("stdoutAndStderr", (line) => lines.push(line));
    chunks(output, "on", "e\r\ntwo \xc3", "\xbc\nthree");
    expect(lines).toEqual(["one", "two ü"]);
    output.finish();
    expect(lines).toEqual(["one", "two ü", "three"]);
  });

  test.each([
    ["stdout", ["out"]],
    ["stderr", ["err"]],
    ["none", []],
  ])("is shown where logging is %s", (logging, expected) => {
    const lines: string[] = [];
    const output = new Output(logging, (line) => lines.push(line));
    output.add("stdout", Buffer.from("out\n"));
    output.add("stderr", Buffer.from("err\n"));
    expect(lines).toEqual(expected);
  });

  test("may have a long line where nobody reads it", () => {
    const long = Buffer.alloc(70_000, "x");
    expect(() => new Output("none", () => {}).add("stdout", long)).not.toThrow();
    expect(() => new Output(undefined, () => {}).add("stdout", long)).toThrow("64 KiB");
  });
});
