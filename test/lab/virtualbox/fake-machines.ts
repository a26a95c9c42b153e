import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Machines } from "../../../lab/machine/hardware";

/**
 * Lab machines that are nothing but files, so that several processes see the same ones: `<uuid>` exists while
 * the machine runs, `calls` lists what was asked of them.
 */
export function fakeMachines(stateFolder: string): Machines {
  const folder = join(stateFolder, "fake-machines");
  mkdirSync(folder, { recursive: true });
  const file = (uuid: string) => join(folder, uuid);
  const note = (...call: unknown[]) => appendFileSync(join(folder, "calls"), `${JSON.stringify(call)}\n`);
  return {
    start: async (hardware) => {
      note("start", hardware);
      if (process.env.FAKE_MACHINES_HANG_ON_START)
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      writeFileSync(file(hardware.uuid), "");
    },
    isRunning: async (uuid) => existsSync(file(uuid)),
    powerOff: async (uuid) => {
      note("powerOff", uuid);
      rmSync(file(uuid), { force: true });
    },
    pressPowerButton: async (uuid) => note("pressPowerButton", uuid),
    reset: async (uuid) => note("reset", uuid),
    type: async (uuid, text) => note("type", uuid, text),
    forget: async (uuid) => {
      note("forget", uuid);
      rmSync(file(uuid), { force: true });
    },
  };
}
