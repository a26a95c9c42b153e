import { text } from "node:stream/consumers";
import { open } from "../../provider/process";

describe("the output of a command as a stream", () => {
  test("ends when the command has ended well", async () => {
    expect(await text(open("sh", ["-c", "echo a; sleep 0.1; echo b"]))).toBe("a\nb\n");
  });

  test("fails with the command's words where it has not, whatever came before", async () => {
    await expect(text(open("sh", ["-c", "echo a; echo no space >&2; exit 3"]))).rejects.toThrow(
      "sh ended with 3: no space",
    );
  });

  test("fails where there is no such command", async () => {
    await expect(text(open("kluster-has-no-such-command", []))).rejects.toThrow("ENOENT");
  });

  test("kills the command when it is let go of", async () => {
    const output = open("sh", ["-c", "echo $$; exec sleep 60"]);
    const pid = Number(await new Promise((resolve) => output.once("data", resolve)));
    output.destroy();
    for (let i = 0; i < 1000 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(alive(pid)).toBe(false);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
