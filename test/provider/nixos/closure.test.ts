import { closureDifference } from "../../../provider/nixos/closure";
import { Finished, Run } from "../../../provider/process";

const answers =
  (finished: Partial<Finished>, asked: string[][] = []): Run =>
  async (command, args) => {
    asked.push([command, ...args]);
    return { code: 0, stdout: "", stderr: "", ...finished };
  };

describe("the difference between two closures", () => {
  test("is what Nix says of it, without its colours", async () => {
    const asked: string[][] = [];
    // As Nix 2.18 prints it.
    const stdout = "htop: 3.4.0 → 3.4.1, \u001b[31;1m+12.0 KiB\u001b[0m\njq: ∅ → 1.8\n";
    expect(await closureDifference(answers({ stdout }, asked), "/nix/store/a", "/nix/store/b")).toBe(
      "htop: 3.4.0 → 3.4.1, +12.0 KiB\njq: ∅ → 1.8",
    );
    expect(asked).toEqual([
      [
        "nix",
        "--extra-experimental-features",
        "nix-command",
        "store",
        "diff-closures",
        "/nix/store/a",
        "/nix/store/b",
      ],
    ]);
  });

  test("is not known where the old system is in this box's store no more", async () => {
    const stderr = "error: path '/nix/store/a' is not valid";
    expect(
      await closureDifference(answers({ code: 1, stderr }), "/nix/store/a", "/nix/store/b"),
    ).toBeUndefined();
  });

  test("is not known where nobody answers, and nothing fails for that", async () => {
    const run = () => Promise.reject(new Error("nix: timed out"));
    expect(await closureDifference(run, "/nix/store/a", "/nix/store/b")).toBeUndefined();
  });

  test("is told by number where it is long", async () => {
    const stdout = [...Array(50).keys()].map((i) => `p${i}: 1 → 2\n`).join("");
    const lines = (await closureDifference(answers({ stdout }), "/a", "/b"))!.split("\n");
    expect([lines.length, lines.at(-1)]).toEqual([41, "and 10 more"]);
  });
});
