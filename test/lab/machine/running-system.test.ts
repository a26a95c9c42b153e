import { spawn, spawnSync } from "node:child_process";
import { currentSystem, runningWords } from "../../../lab/machine/running-system";

const a = "/nix/store/aaa-nixos-system-il-26.05.lab";
const b = "/nix/store/bbb-nixos-system-il-26.05.lab";

test.each([
  // booted, running now, words
  [a, a, "running aaa-nixos-system-il-26.05.lab"],
  [a, undefined, "running aaa-nixos-system-il-26.05.lab"],
  [a, b, "running bbb-nixos-system-il-26.05.lab, booted with aaa-nixos-system-il-26.05.lab"],
])("a machine booted with %s, whose current system is %s, is %s", (booted, current, words) => {
  expect(runningWords(booted, current)).toBe(words);
});

test("a system that was started by kexec says so, whatever runs now", () => {
  expect(runningWords(a, a, ", by kexec")).toBe("running aaa-nixos-system-il-26.05.lab, by kexec");
  expect(runningWords(a, b, ", by kexec")).toBe(
    "running bbb-nixos-system-il-26.05.lab, booted with aaa-nixos-system-il-26.05.lab, by kexec",
  );
});

test("a process that has ended has no current system", async () => {
  expect(await currentSystem(2 ** 22 + 1)).toBeUndefined();
});

const namespaces = spawnSync("unshare", ["--mount", "true"]).status === 0;

(namespaces ? test : test.skip)("the current system is that of the machine's own /run", async () => {
  const script = `mount -t tmpfs run /run && ln -s ${a} /run/current-system && echo there && exec sleep 60`;
  const machine = spawn("unshare", ["--mount", "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve) => machine.stdout.once("data", resolve));
    expect(await currentSystem(machine.pid!)).toBe(a);
  } finally {
    machine.kill("SIGKILL");
  }
});
