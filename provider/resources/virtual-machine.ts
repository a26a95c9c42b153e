import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { RolloutInputs } from "../declarations/machine";
import { VIRTUAL_MACHINE, VirtualMachineInputs, VirtualMachineOutputs } from "../declarations/virtualbox";
import { Context, PartiallyCreated, implement, Resource } from "../resource";
import { probe } from "../nixos/probe";
import { connect, Login, waitForSsh, withSession } from "../ssh";
import {
  Answering,
  bringUp,
  checkPlatform,
  ensureIso,
  Identity,
  isoPath,
  locks,
  Machines,
  MachineSpec,
  Platform,
  PlatformError,
  readExtraData,
  seedDisk,
  VBoxManage,
  withLock,
  writeExtraData,
} from "../virtualbox";
import { MachineServices } from "../machine-services";
import { VmPower } from "./installation";
import { loginOf } from "./login";
import { outOfService, putBack } from "./rolling";
import { vboxFor } from "./vbox";

/** Key of the extra data that VirtualBox keeps with the machine: which of several machines of one UUID it is. */
const INSTANCE_KEY = "kluster/instance";
/** Creating and booting a machine; whoever waits for it in another process waits as long. */
const LOCK_DEADLINE = 1_200_000;
const BOOT_DEADLINE = 300_000;

/** A VirtualBox machine that runs and answers SSH: as an installer at first, as what was installed later. */
export function virtualMachine(
  services: MachineServices,
  port = 22,
): Resource<VirtualMachineInputs, VirtualMachineOutputs> {
  const login = (inputs: VirtualMachineInputs): Login => ({ ...loginOf(inputs), port });
  const driver = (context: Context) => vboxFor(services, context);
  const isoFolder = join(services.folders.cache, "iso");
  let checked: Promise<Platform> | undefined;
  const platform = (vbox: VBoxManage) => (checked ??= checkPlatform(vbox)); // the same for all machines of a run

  function alone<T>(inputs: VirtualMachineInputs, context: Context, work: () => Promise<T>): Promise<T> {
    const { stackIdentity, host } = inputs;
    const onWait = (holder: string) => context.status(`waiting for ${holder}`);
    const options = { purpose: `work on the machine ${host}`, deadline: LOCK_DEADLINE, onWait };
    return withLock(locks.machine(stackIdentity, host), { ...options, signal: context.signal }, work);
  }

  async function make(vbox: VBoxManage, inputs: VirtualMachineInputs, context: Context): Promise<void> {
    const iso = await ensureIso(inputs.installer, {
      cacheFolder: isoFolder,
      onProgress: ({ megabytes, of }) =>
        context.status(`downloading the installer: ${megabytes} of ${of ?? "?"} MB`),
      onWait: context.status,
      signal: context.signal,
    });
    const script = await readFile(join(services.folders.project, "scripts", "seed.sh"), "utf8");
    const seed = seedDisk(
      {
        authorizedKeys: [inputs.authorizedKey],
        hostKey: inputs.hostPrivateKey,
        clusterMac: inputs.macs.cluster,
        address: inputs.address,
        prefixLength: inputs.prefixLength,
      },
      script,
    );
    await new Machines(vbox).ensureCreated(specOf(inputs), { iso, seed });
  }

  const masterOf = (
    { host }: VirtualMachineInputs,
    { master, address, hostKey }: RolloutInputs,
    now: Login,
  ) => (host === master ? now : { ...now, address, hostKey });

  /** One machine after the other is switched off and on, with its pods elsewhere. */
  async function roll(
    inputs: VirtualMachineInputs,
    rollout: RolloutInputs,
    now: Login,
    change: () => Promise<void>,
    context: Context,
  ): Promise<void> {
    const { scripts, rollouts } = services;
    const { host: name } = inputs;
    const member = { name, isMaster: name === rollout.master, maxUnavailable: rollout.maxUnavailable };
    const service = {
      ...{ machine: name, rollout, login: now, master: masterOf(inputs, rollout, now) },
      disturbs: ["it is switched off"],
    };
    await rollouts.hardware.run(member, context, async (turn) => {
      await turn();
      await outOfService(scripts, service, context, async () => {
        await change();
        const session = waitForSsh(now, { deadline: BOOT_DEADLINE, signal: context.signal });
        return (await withSession(session, (session) => probe(scripts, session))).bootId;
      });
    });
  }

  return implement(VIRTUAL_MACHINE, {
    replaceOn: ["uuid", "host"],
    // Its address is changed by way of its old one, which nobody reaches on another network.
    replaceWhen: (before, inputs) =>
      before.address !== inputs.address && !isDeepStrictEqual(before.network, inputs.network)
        ? ["network"]
        : [],
    ignore: [
      "stack",
      "address",
      "prefixLength",
      "installer",
      "authorizedKey",
      "hostKey",
      "hostPrivateKey",
      "privateKey",
      "rollout",
    ],

    async check(inputs, context, before) {
      if (before && inputs.disk < before.disk) {
        const reason = `the disk of ${inputs.host} has ${before.disk} MB and cannot shrink to ${inputs.disk} MB. Ask for ${before.disk} MB or more; or replace the machine, which loses what is on it, by taking it out of the inventory for one \`pulumi up\`.`;
        return { inputs, failures: [{ property: "disk", reason }] };
      }
      if (before) return { inputs }; // it exists: this box can do it
      try {
        await platform(driver(context));
        return { inputs };
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        return { inputs, failures: [{ property: "host", reason: error.message }] };
      }
    },

    create(inputs, context) {
      return alone(inputs, context, async () => {
        const vbox = driver(context);
        (await platform(vbox)).warnings.forEach((warning) => context.warn(warning));
        await context.phase("create", () => make(vbox, inputs, context));
        const outputs = { instance: await instanceOf(vbox, inputs.uuid) };
        try {
          await context.phase("boot installer", () =>
            bringUp(vbox, inputs.uuid, answering(login(inputs), context)),
          );
        } catch (error) {
          throw new PartiallyCreated(inputs.uuid, outputs, error as Error);
        }
        return { id: inputs.uuid, outputs };
      });
    },

    async read(_id, { outputs, inputs }, context) {
      const found = await new Machines(driver(context)).observe(inputs.uuid);
      if (!found) return undefined;
      const { memory, cpus, running } = found;
      const seen = {
        ...{ memory, cpus, running },
        disk: found.disk ?? inputs.disk,
        macs: { egress: found.macs.egress ?? "", cluster: found.macs.cluster ?? "" },
        network: found.network ?? { kind: inputs.network.kind, interface: "" },
      };
      return { outputs: { ...outputs, ...seen }, inputs: { ...inputs, ...seen } };
    },

    async update(_id, { outputs, before, inputs }, context) {
      // A new address comes with the new system, which comes later.
      const now = login({ ...inputs, address: before.address });
      const change = () =>
        alone(inputs, context, async () => {
          const vbox = driver(context);
          await context.phase("change", () => new Machines(vbox).update(specOf(inputs), inputs));
          await context.phase("boot", () => bringUp(vbox, inputs.uuid, answering(now, context)));
        });
      const { rollout, host } = inputs;
      if (rollout && switchesOff(before, inputs)) await roll(inputs, rollout, now, change, context);
      else {
        await change();
        // The run that was killed while it was off may have drained it.
        if (rollout) await putBack(services.scripts, host, masterOf(inputs, rollout, now), context);
      }
      return outputs;
    },

    traces: {
      inputs: ["stackIdentity", "stack", "host", "uuid", "installer"],
      remove: (inputs, context) =>
        alone(inputs, context, async () => {
          const iso = isoPath(inputs.installer, isoFolder);
          const kept = await new Machines(driver(context)).removePartiallyCreated(identityOf(inputs), iso);
          kept.forEach((sentence) => context.warn(sentence));
        }),
    },

    delete(_id, { inputs }, context) {
      const iso = isoPath(inputs.installer, isoFolder);
      return alone(inputs, context, async () => {
        const kept = await new Machines(driver(context)).destroy(identityOf(inputs), iso);
        kept.forEach((sentence) => context.warn(sentence));
      });
    },
  });
}

/**
 * Whether a machine that runs is switched off for the change alone. One that moves to another network is not heard by those
 * that have not moved; nobody waits for anybody then.
 */
function switchesOff(before: VirtualMachineInputs, inputs: VirtualMachineInputs): boolean {
  const hardware = ({ memory, cpus, disk }: VirtualMachineInputs) => [memory, cpus, disk];
  const place = ({ macs, network, address }: VirtualMachineInputs) => [macs, network, address];
  return (
    before.running &&
    !isDeepStrictEqual(hardware(before), hardware(inputs)) &&
    isDeepStrictEqual(place(before), place(inputs))
  );
}

/** How an installation brings its VM up, and over to its disk. */
export function vmPower(services: MachineServices): VmPower {
  return {
    bringUp: (vm, login, context) => bringUp(vboxFor(services, context), vm, answering(login, context)),
    async startFromDisk(vm, patience, context) {
      const machines = new Machines(vboxFor(services, context), { patience });
      await machines.removeInstallMedia(vm);
      await machines.start(vm);
    },
  };
}

function answering(login: Login, context: Context): Answering {
  return {
    address: login.address,
    answers: () =>
      connect(login, { timeout: 3_000 }).then(
        (session) => (session.close(), true),
        () => false,
      ),
    async waitForSystem() {
      const onWait = (reason: string) => context.status(`waiting for the machine: ${reason}`);
      const wait = { deadline: BOOT_DEADLINE, grace: 20_000, onWait, signal: context.signal };
      (await waitForSsh(login, wait)).close();
    },
  };
}

function identityOf({ stackIdentity, stack, host, uuid }: VirtualMachineInputs): Identity {
  return { uuid, name: `kluster-${stack}-${host}`, stackId: stackIdentity };
}

function specOf(inputs: VirtualMachineInputs): MachineSpec {
  const { stackIdentity, stack, host, memory, cpus, disk, macs, network } = inputs;
  return {
    ...identityOf(inputs),
    ...{ memory, cpus, disk, macs, network },
    description: `${host} of the kluster stack ${stack} (${stackIdentity})`,
  };
}

/** Which machine of its UUID this is; said once and kept with the machine. */
async function instanceOf(vbox: VBoxManage, uuid: string): Promise<string> {
  const known = await readExtraData(vbox, uuid, INSTANCE_KEY);
  if (known && /^[0-9a-f]{16}$/.test(known)) return known;
  const fresh = randomBytes(8).toString("hex");
  await writeExtraData(vbox, uuid, INSTANCE_KEY, fresh);
  return fresh;
}
