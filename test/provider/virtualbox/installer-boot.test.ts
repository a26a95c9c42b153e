import { bootInstaller, SEED_LINE } from "../../../provider/virtualbox/installer-boot";
import { Finished } from "../../../provider/process";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { FakeClock } from "./fake-clock";
import { real } from "./transcript";

const ok: Finished = { code: 0, stdout: "", stderr: "" };

/** A machine whose typed text is kept; its answers begin once `lines` lines were typed. */
function machine(lines: number, answer: (args: string[], typed: string[]) => Finished = () => ok) {
  const clock = new FakeClock();
  const typed: string[] = [""];
  const vbox = new VBoxManage(
    async (_command, args) => {
      const finished = answer(args, typed);
      if (finished.code === 0 && args[2] === "keyboardputstring") typed[typed.length - 1] += args[3];
      if (finished.code === 0 && args[2] === "keyboardputscancode") typed.push("");
      return finished;
    },
    { clock },
  );
  return { clock, typed, vbox, answers: async () => typed.length > lines };
}

test("nothing that is typed moves the mark of the ISO's boot menu away from its first entry or opens its prompt", () => {
  // Keys of syslinux's menu: Space, ">" and "+" go down, Tab and Esc open a prompt; "-" and "<" only go up.
  expect(SEED_LINE).not.toMatch(/[ >+\t\x1b]/);
  expect(SEED_LINE).toBe("{sudo,sh,/dev/disk/by-path/pci-0000:00:0d.0-ata-2}");
});

test("bash makes the intended command out of the line", async () => {
  const { execFileSync } = await import("node:child_process");
  const words = execFileSync("bash", ["-c", `printf '%s\\n' ${SEED_LINE}`], { encoding: "utf8" });
  expect(words.trim().split("\n")).toEqual(["sudo", "sh", "/dev/disk/by-path/pci-0000:00:0d.0-ata-2"]);
});

test("the line is repeated until the machine answers, and no further", async () => {
  const { typed, vbox, answers } = machine(3);
  await bootInstaller(vbox, "il", { answers });
  expect(typed).toEqual([SEED_LINE, SEED_LINE, SEED_LINE, ""]);
});

test("there is a pause before the first line", async () => {
  const { clock, vbox, answers } = machine(1);
  await bootInstaller(vbox, "il", { answers, firstPause: 1234 });
  expect(clock.pauses[0]).toBe(1234);
});

test("a machine that answers already gets no line", async () => {
  const { typed, vbox, answers } = machine(0);
  await bootInstaller(vbox, "il", { answers });
  expect(typed).toEqual([""]);
});

test("at the deadline it is said what was tried and where to look", async () => {
  const { clock, vbox, answers } = machine(1e9);
  await expect(bootInstaller(vbox, "il", { answers, deadline: 30_000 })).rejects.toThrow(
    /did not answer by SSH within 30 s.*\{sudo,sh,.*ata-2\} \d+ times.*screenshotpng/,
  );
  expect(clock.time).toBeGreaterThanOrEqual(30_000);
});

test("a full keyboard queue is no failure: the next line will do", async () => {
  let full = 2;
  const { typed, vbox, answers } = machine(1, (args) =>
    args[2] === "keyboardputstring" && full-- > 0
      ? {
          code: 1,
          stdout: "",
          stderr: "VBoxManage: error: Failed to send a scancode. (VERR_PDM_NO_QUEUE_ITEMS)",
        }
      : ok,
  );
  await bootInstaller(vbox, "il", { answers });
  expect(typed).toEqual([SEED_LINE, ""]);
});

test("a machine that stopped running ends the wait with its state", async () => {
  const { vbox, answers } = machine(1, (args) => {
    const begin =
      args[0] === "showvminfo"
        ? "showvminfo kluster-dev-il --machinereadable"
        : "controlvm kluster-dev-il keyboard";
    const { exit, stdout, stderr } = real(begin);
    return { code: exit, stdout, stderr };
  });
  await expect(bootInstaller(vbox, "il", { answers })).rejects.toThrow(
    /is not currently running[\s\S]*The state of kluster-dev-il is poweroff/,
  );
});
