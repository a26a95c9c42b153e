import { Vm } from "./vm";

/**
 * What a machine's state means for whoever wants to start, stop or change it:
 *
 * - off: no process runs it
 * - saved: neither, and it has a state on disk that it would go on from, and may not be changed before that is dropped
 * - running
 * - paused: somebody stopped its processors for a while; its process is there, and its system can write nothing
 * - stuck: VirtualBox stopped it after a fault of its own (guru meditation); only its power can be cut
 * - passing: VirtualBox is at work on it, and it will be something else by itself
 */
export type Phase = "off" | "saved" | "running" | "paused" | "stuck" | "passing";

/** VirtualBox's words (machineStateToName in VBoxManage's source). Every other one is of something under way. */
const PHASES: Record<string, Phase> = {
  poweroff: "off",
  aborted: "off",
  teleported: "off",
  saved: "saved",
  "aborted-saved": "saved",
  running: "running",
  paused: "paused",
  gurumeditation: "stuck",
};

export const phaseOf = ({ state }: Pick<Vm, "state">): Phase => PHASES[state] ?? "passing";

/** No process runs the machine. */
export const isOff = (vm: Vm): boolean => phaseOf(vm) === "off" || phaseOf(vm) === "saved";

export const isSaved = (vm: Vm): boolean => phaseOf(vm) === "saved";

export const isRunning = (vm: Vm): boolean => phaseOf(vm) === "running";

/** What the state means, and the next step; undefined where there is nothing to do about it. */
export function adviceOn(vm: Vm): string | undefined {
  const command = (...words: string[]) => `\`VBoxManage ${words.join(" ")}\``;
  switch (phaseOf(vm)) {
    case "paused":
      return `It is paused; ${command("controlvm", vm.uuid, "resume")} lets it go on.`;
    case "saved":
      return (
        `Its memory is saved on disk; ${command("startvm", vm.uuid, "--type", "headless")} goes on from there, ` +
        `${command("discardstate", vm.uuid)} drops it, as a power cut would.`
      );
    case "stuck":
      return (
        "VirtualBox has stopped it after a fault of its own (a guru meditation), and it can't go on: " +
        `${command("controlvm", vm.uuid, "poweroff")} ends it.`
      );
    case "passing":
      return "VirtualBox is at work on it: run this again when that is over.";
    case "off":
      return vm.locked ? "It is off, and another program holds it." : undefined;
    case "running":
      return undefined;
  }
}
