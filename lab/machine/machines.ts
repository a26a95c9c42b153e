import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask, Request } from "./control";
import { startDaemon } from "./daemon";
import { checkoutFolder, hardwareFile, machineFolder } from "./folders";
import type { Hardware, HotPlugging, Machines } from "./hardware";

/** Milliseconds that a machine may take to come on: drives, networks, supervisor. */
const powerOnLimit = 30_000;

/**
 * The machines of the lab whose state folder this is. Works from any process inside the lab.
 * @param stateFolder absolute
 */
export function machines(stateFolder: string): Machines & HotPlugging {
  const must = async (uuid: string, request: Request) => {
    if (!(await ask(stateFolder, uuid, request))) throw new Error(`lab machine ${uuid} is not powered on`);
  };
  const powerOff = async (uuid: string) => {
    await ask(stateFolder, uuid, { op: "powerOff" });
  };
  return {
    async start(hardware) {
      if (await ask(stateFolder, hardware.uuid, { op: "status" }))
        throw new Error(`lab machine ${hardware.name} (${hardware.uuid}) is powered on already`);
      await powerOn(stateFolder, hardware);
    },
    isRunning: async (uuid) => (await ask(stateFolder, uuid, { op: "status" })) !== undefined,
    powerOff,
    pressPowerButton: (uuid) => must(uuid, { op: "pressPowerButton" }),
    reset: (uuid) => must(uuid, { op: "reset" }),
    type: (uuid, text) => must(uuid, { op: "type", text }),
    async forget(uuid) {
      await powerOff(uuid);
      await rm(machineFolder(stateFolder, uuid), { recursive: true, force: true });
    },
    plug: (uuid, nic) => must(uuid, { op: "plug", nic }),
    unplug: (uuid, slot) => must(uuid, { op: "unplug", slot }),
  };
}

/**
 * Starts a supervisor. It gets a mount and a PID namespace of its own, with itself as PID 1: when it ends, however
 * it ends, the kernel ends everything that belongs to the machine.
 */
async function powerOn(stateFolder: string, hardware: Hardware): Promise<void> {
  const folder = machineFolder(stateFolder, hardware.uuid);
  await mkdir(folder, { recursive: true });
  await mkdir(hardware.logs, { recursive: true });
  await writeFile(hardwareFile(stateFolder, hardware.uuid), JSON.stringify(hardware, undefined, 2));
  const isolate = "--mount --propagation private --pid --fork --kill-child --mount-proc".split(" ");
  const supervisor = join(checkoutFolder(), "build", "lab", "supervisor.js");
  await startDaemon(
    {
      command: "unshare",
      args: [...isolate, process.execPath, supervisor, stateFolder, hardware.uuid],
      logFile: join(folder, "supervisor.log"),
      limit: powerOnLimit,
      what: `lab machine ${hardware.name}`,
    },
    "on",
  );
}
