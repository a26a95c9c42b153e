import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../provider/process";
import { growDisk, makeDebianDisk } from "../machine/debian-disk";
import { putUpFences } from "../machine/fences";
import type { Hardware, Nic } from "../machine/hardware";
import { machines } from "../machine/machines";
import {
  dropUnusedPrivateNetwork,
  ensurePrivatePlace,
  privateBridge,
  privateMtu,
} from "../machine/private-network";
import { publicBridge, PublicNetwork } from "../machine/public-network";
import { Turns } from "../machine/turns";
import type { PrivateNic, ServerHardware, ServerSpec } from "./server-hardware";

/** What is known of a server's machine, also while it is off. */
interface Kept {
  spec: ServerSpec;
  /** Where each private NIC is, by network: it stays there while others come and go. */
  slots: Record<number, number>;
}

/** Slot 1 is the public NIC's. */
const firstPrivateSlot = 2;

const uuidOf = (id: number) => `00000000-0000-4000-8000-${`${id}`.padStart(12, "0")}`;

/**
 * Servers as machines of the lab, to be called inside it. They and the public network are found again by a later
 * process with the same folder.
 * @param lab the lab's state folder; the disks are in `servers` there
 */
export async function labServers(lab: string): Promise<ServerHardware> {
  const all = machines(lab);
  /** Servers share networks: one must not be removed while another server is about to be put into it. */
  const turns = new Turns();
  const servers = join(lab, "servers");
  await mkdir(servers, { recursive: true });
  const network = new PublicNetwork(run, join(lab, "public-network"));
  await network.open();

  const folder = (id: number) => join(servers, `${id}`);
  const disk = (id: number) => join(folder(id), "disk.img");
  const file = (id: number) => join(folder(id), "server.json");

  const find = async (id: number): Promise<Kept | undefined> => {
    const text = await readFile(file(id), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Kept);
  };
  const get = async (id: number): Promise<Kept> => {
    const kept = await find(id);
    if (!kept) throw new Error(`server ${id} has no machine in the lab`);
    return kept;
  };
  const keep = async (kept: Kept) => {
    const path = file(kept.spec.id);
    await writeFile(`${path}.draft`, JSON.stringify(kept, undefined, 2));
    await rename(`${path}.draft`, path);
  };
  /** Tells DHCP who has which address now. */
  const lease = async () => {
    const found = await Promise.all((await readdir(servers)).map((id) => find(Number(id))));
    await network.lease(
      Object.fromEntries(
        found.flatMap((kept) =>
          kept?.spec.public.ipv4 ? [[kept.spec.public.mac, kept.spec.public.ipv4]] : [],
        ),
      ),
    );
  };

  return {
    async create(spec) {
      await all.powerOff(uuidOf(spec.id));
      await mkdir(folder(spec.id), { recursive: true });
      await makeDebianDisk(run, disk(spec.id), spec.disk * 2 ** 20);
      await keep({ spec, slots: slotsFor(spec.private, {}) });
      await lease();
    },
    async reconfigure(spec) {
      const { slots } = await get(spec.id);
      await growDisk(disk(spec.id), spec.disk * 2 ** 20);
      await keep({ spec, slots: slotsFor(spec.private, slots) });
      await lease();
    },
    async powerOn(id) {
      if (await all.isRunning(uuidOf(id))) return;
      const kept = await get(id);
      await turns.take(async () => {
        for (const nic of kept.spec.private) await ensurePlace(nic);
        await all.start(hardwareOf(kept, disk(id), join(folder(id), "logs")));
      });
    },
    powerOff: (id) => all.powerOff(uuidOf(id)),
    shutdown: (id) => all.pressPowerButton(uuidOf(id)),
    reset: (id) => all.reset(uuidOf(id)),
    isRunning: (id) => all.isRunning(uuidOf(id)),
    async remove(id) {
      await all.forget(uuidOf(id));
      const kept = await find(id);
      await rm(folder(id), { recursive: true, force: true });
      await lease();
      for (const { networkId } of kept?.spec.private ?? [])
        await turns.take(() => dropUnusedPrivateNetwork(run, networkId));
    },
    async plug(id, nic) {
      const { spec, slots: before } = await get(id);
      const others = spec.private.filter(({ networkId }) => networkId !== nic.networkId);
      const slots = slotsFor([...others, nic], before);
      await turns.take(async () => {
        await ensurePlace(nic);
        if (await all.isRunning(uuidOf(id))) await all.plug(uuidOf(id), privateNic(nic, slots));
      });
      await keep({ spec: { ...spec, private: [...others, nic] }, slots });
    },
    async unplug(id, networkId) {
      const { spec, slots } = await get(id);
      const others = spec.private.filter((nic) => nic.networkId !== networkId);
      if (networkId in slots && (await all.isRunning(uuidOf(id))))
        await all.unplug(uuidOf(id), slots[networkId]);
      await keep({ spec: { ...spec, private: others }, slots: slotsFor(others, slots) });
      await turns.take(() => dropUnusedPrivateNetwork(run, networkId));
    },
    fence: (servers) => putUpFences(run, servers),
  };
}

const ensurePlace = ({ networkId, ip, gateway }: PrivateNic) =>
  ensurePrivatePlace(run, { network: networkId, ip, gateway });

/** NICs stay where they are; new ones get the first free slots. */
export function slotsFor(nics: PrivateNic[], before: Record<number, number>): Record<number, number> {
  const slots: Record<number, number> = {};
  for (const { networkId } of nics) if (networkId in before) slots[networkId] = before[networkId];
  for (const { networkId } of nics) {
    if (networkId in slots) continue;
    let slot = firstPrivateSlot;
    while (Object.values(slots).includes(slot)) slot++;
    slots[networkId] = slot;
  }
  return slots;
}

/** The machine behind a server. The names of its NICs are those on Hetzner's newer types. */
export function hardwareOf({ spec, slots }: Kept, disk: string, logs: string): Hardware {
  const isPublic = spec.public.ipv4 !== undefined || spec.public.ipv6 !== undefined;
  return {
    uuid: uuidOf(spec.id),
    name: spec.name,
    memory: spec.memory,
    cpus: spec.cpus,
    boot: ["disk"],
    drives: [{ port: 0, kind: "disk", file: disk }],
    nics: [
      ...(isPublic ? [publicNic(spec.public.mac)] : []),
      ...spec.private.map((nic) => privateNic(nic, slots)),
    ],
    logs,
  };
}

const publicNic = (mac: string): Nic => ({
  slot: 1,
  name: "enp1s0",
  mac,
  attachment: { kind: "bridge", bridge: publicBridge },
  isolated: true, // no way to a neighbour past the router, which is where the fences are
});

const privateNic = ({ networkId, mac }: PrivateNic, slots: Record<number, number>): Nic => ({
  slot: slots[networkId],
  name: `enp${slots[networkId] + 5}s0`,
  mac,
  attachment: { kind: "bridge", bridge: privateBridge(networkId) },
  mtu: privateMtu,
  isolated: true,
});
