import { Machines } from "../machine/hardware";
import { DEFAULT_UNLOCK_DELAY, forgetStuck, readFaults } from "./faults";
import { HostNetwork } from "./host-network";
import { isAlive, observePower } from "./sessions";
import { State } from "./state";
import { Store } from "./store";

/** What VBoxManage works on, and what tests put their own in for. */
export interface Box {
  store: Store;
  machines: Machines;
  network: HostNetwork;
  now(): Date;
  /** A new random UUID. */
  uuid(): string;
  /** Home folder of the user: "VirtualBox VMs" lies in it. */
  home: string;
  /** Folder against which relative paths are read. */
  folder: string;
}

/** A call's view of the box: the state as it is at this moment. */
export interface Session extends Box {
  state: State;
}

/** Looks at the state without changing it. */
export async function look<T>(box: Box, action: (session: Session) => T | Promise<T>): Promise<T> {
  const state = box.store.read();
  const changed = await settle(box, state);
  if (changed) return change(box, action);
  return action({ ...box, state });
}

/** Changes the state; what `action` did to it is kept if it returns and forgotten if it throws. */
export async function change<T>(box: Box, action: (session: Session) => T | Promise<T>): Promise<T> {
  return box.store.locked(async () => {
    const state = box.store.read();
    if (await settle(box, state)) {
      box.store.write(state);
      const stuck = state.machines.filter(({ power }) => power.stuck);
      forgetStuck(
        box.store,
        stuck.map(({ name }) => name),
      );
    }
    const before = JSON.stringify(state);
    const result = await action({ ...box, state });
    if (JSON.stringify(state) !== before) box.store.write(state);
    return result;
  });
}

/** Brings what is remembered of each VM's power in line with its lab machine. Returns whether anything changed. */
async function settle(box: Box, state: State): Promise<boolean> {
  const { unlockDelay = DEFAULT_UNLOCK_DELAY, stuck = [] } = readFaults(box.store);
  const changes = await Promise.all(
    state.machines.map(async (machine) => {
      const observed = observePower(machine.power, {
        running: await box.machines.isRunning(machine.uuid),
        workerAlive: machine.power.worker !== undefined && isAlive(machine.power.worker),
        now: box.now(),
        unlockDelay,
      });
      const breaks = observed.phase === "on" && !observed.stuck && stuck.includes(machine.name);
      if (observed === machine.power && !breaks) return false;
      machine.power = breaks ? { phase: "on", since: box.now().toISOString(), stuck: true } : observed;
      return true;
    }),
  );
  return changes.includes(true);
}
