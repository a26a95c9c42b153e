import { isFault, remedyFor } from "./errors";
import { netmask, overlap, prefixLengthOf, Range } from "./ipv4";
import { locks, withLock } from "./lock";
import { HostOnlyInterface, parseBlocks, parseHostOnlyInterfaces, parseVmList } from "./parse";
import { Route } from "./routes";
import { VBoxManage } from "./vboxmanage";
import { look } from "./vm";

/** The operator's own address on a host-only network, with the length of its network part. */
export type HostOnlyNetwork = Range;

export interface HostOnlyFound {
  /** Such as vboxnet0. */
  name: string;
  /** It was made here and now; one that was there already belongs to others as well. */
  created: boolean;
}

/** No host-only interface can carry the network. */
export class HostOnlyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HostOnlyError";
  }
}

const LOCK_DEADLINE = 5 * 60_000;
/** How often, and how many milliseconds apart, the list is looked at until it shows what was done. */
const LOOKS = 10;
const LOOK_PAUSE = 1_000;

/**
 * Finds a host-only interface for the network, or makes one. What is there is used as it is, its DHCP server
 * included; on a new one no DHCP server runs, since machines have static addresses.
 * @throws HostOnlyError, VBoxManageError
 */
export async function ensureHostOnly(vbox: VBoxManage, network: HostOnlyNetwork): Promise<HostOnlyFound> {
  const onWait = (holder: string) => vbox.waiting(`waiting for VirtualBox: ${holder}`);
  const purpose = `find or make the host-only network ${network.address}/${network.prefixLength}`;
  return withLock(locks.box, { purpose, deadline: LOCK_DEADLINE, onWait, signal: vbox.signal }, async () => {
    const before = await list(vbox);
    const fitting = chooseHostOnly(before, network);
    await requireUnrivalled(vbox, network, fitting?.name);
    if (fitting) {
      await bringUpInterface(vbox, fitting);
      return { name: fitting.name, created: false };
    }
    const name = await create(vbox, before);
    try {
      await configure(vbox, name, network);
      await removeDhcp(vbox, name);
    } catch (error) {
      await vbox.call(["hostonlyif", "remove", name]).catch(() => {}); // the failure before tells more
      throw error;
    }
    return { name, created: true };
  });
}

/**
 * The interface that carries the network already: same length, and an address within it.
 * @throws HostOnlyError when one is in the way: its network overlaps, but is another
 */
export function chooseHostOnly(
  interfaces: HostOnlyInterface[],
  network: HostOnlyNetwork,
): HostOnlyInterface | undefined {
  const known = interfaces.flatMap((found) => {
    const range = rangeOf(found);
    return range ? [{ found, ...range }] : [];
  });
  const fitting = known.filter(
    (range) => range.prefixLength === network.prefixLength && overlap(range, network),
  );
  const exact = fitting.find(({ address }) => address === network.address) ?? fitting[0];
  if (exact) return exact.found;
  const inTheWay = known.find((range) => overlap(range, network));
  if (!inTheWay) return undefined;
  throw new HostOnlyError(
    `the host-only interface ${inTheWay.found.name} has ${inTheWay.address}/${inTheWay.prefixLength}, which overlaps the wanted network of ` +
      `${network.address}/${network.prefixLength} but is another. Choose that network or one apart from it; an interface that nothing uses is ` +
      `removed by \`VBoxManage hostonlyif remove ${inTheWay.found.name}\`.`,
  );
}

/**
 * Removes an interface that {@link ensureHostOnly} made, if no machine of anybody's uses it. Finding it gone is fine.
 * @returns whether it is gone now
 */
export async function removeHostOnlyIfUnused(vbox: VBoxManage, name: string): Promise<boolean> {
  const onWait = (holder: string) => vbox.waiting(`waiting for VirtualBox: ${holder}`);
  const purpose = `remove the host-only interface ${name}`;
  return withLock(locks.box, { purpose, deadline: LOCK_DEADLINE, onWait, signal: vbox.signal }, async () => {
    if (!(await list(vbox)).some((found) => found.name === name)) return true;
    if (await isUsed(vbox, name)) return false;
    await removeDhcp(vbox, name);
    await vbox.tolerating(["no-such-interface"], ["hostonlyif", "remove", name]);
    return true;
  });
}

/** A host-only network as it was found. */
export interface HostOnlySight {
  /** The interface that carries the network, or would if it was up; undefined when there is none. */
  name?: string;
  /** It is up and has its address: this box reaches machines by it. */
  carries: boolean;
  /** Why machines on the network are not reached even so; undefined when nothing is in the way. */
  obstacle?: string;
}

/**
 * Looks how a host-only network is doing. Changes nothing.
 * @throws VBoxManageError
 */
export async function lookAtHostOnly(vbox: VBoxManage, network: HostOnlyNetwork): Promise<HostOnlySight> {
  try {
    const found = chooseHostOnly(await list(vbox), network);
    const routes = await vbox.routes();
    const carries = found !== undefined && isCarrying(found, routes);
    return { name: found?.name, carries, obstacle: rivalry(network, rivals(network, found?.name, routes)) };
  } catch (error) {
    if (error instanceof HostOnlyError) return { carries: false, obstacle: error.message };
    throw error;
  }
}

/**
 * Sees to it that this box reaches machines by a host-only interface: somebody may have taken it down, or its address
 * away. VirtualBox itself does so when it starts a machine on it, and never again.
 * @param machine address of a machine that is about to be reached
 * @throws HostOnlyError when the interface is gone, or packets for the machine go to another one
 */
export async function ensureCarrying(vbox: VBoxManage, name: string, machine?: string): Promise<void> {
  const found = (await list(vbox)).find((one) => one.name === name);
  if (!found)
    throw new HostOnlyError(
      `there is no host-only interface ${name} any more. Run \`pulumi refresh\`, and then \`pulumi up\`, which makes it anew.`,
    );
  await bringUpInterface(vbox, found);
  const network = rangeOf(found);
  if (!network || machine === undefined) return;
  const rival = rivals(network, name, await vbox.routes()).filter((route) =>
    overlap(route, { address: machine, prefixLength: 32 }),
  );
  if (rival.length > 0) throw new HostOnlyError(rivalry(network, rival)!);
}

/** Gives an interface the address that VirtualBox has for it, which brings it up, unless it is up with it. */
async function bringUpInterface(vbox: VBoxManage, found: HostOnlyInterface): Promise<void> {
  const network = rangeOf(found);
  if (!network || isCarrying(found, await vbox.routes())) return;
  vbox.waiting(`the host-only interface ${found.name} is down or without its address: it is brought up`);
  await configure(vbox, found.name, network);
}

/** Whether it is up with its address: then the kernel has a route by it. */
function isCarrying(found: HostOnlyInterface, routes: Route[] | undefined): boolean {
  const network = rangeOf(found);
  if (!found.up || !network) return false;
  return !routes || routes.some((route) => route.interface === found.name && overlap(route, network));
}

/**
 * Routes that take packets for the network, or some of them, to another interface: of two, the one with the longer
 * prefix wins, and with equal ones it is a matter of luck. A broader one is no matter.
 */
export function rivals(
  network: HostOnlyNetwork,
  name: string | undefined,
  routes: Route[] | undefined = [],
): Route[] {
  return routes.filter(
    (route) =>
      route.interface !== name && route.prefixLength >= network.prefixLength && overlap(route, network),
  );
}

function rivalry({ address, prefixLength }: HostOnlyNetwork, [rival]: Route[]): string | undefined {
  return (
    rival &&
    `this computer sends packets for ${rival.address}/${rival.prefixLength} to its interface ${rival.interface}, so that machines on a ` +
      `host-only network with ${address}/${prefixLength} would not be reached. Choose another range with \`kluster:network\` and ` +
      `addresses in it (hosts.toml), or take that range from ${rival.interface}; \`ip route\` shows who has which.`
  );
}

async function requireUnrivalled(
  vbox: VBoxManage,
  network: HostOnlyNetwork,
  name: string | undefined,
): Promise<void> {
  const obstacle = rivalry(network, rivals(network, name, await vbox.routes()));
  if (obstacle) throw new HostOnlyError(obstacle);
}

function rangeOf({ address, netmask: mask }: HostOnlyInterface): Range | undefined {
  const prefixLength = prefixLengthOf(mask);
  return prefixLength ? { address, prefixLength } : undefined;
}

async function list(vbox: VBoxManage): Promise<HostOnlyInterface[]> {
  return parseHostOnlyInterfaces((await vbox.retrying(["list", "hostonlyifs"])).stdout);
}

/** VirtualBox may report an error though it made the interface, and show it only after a while (its ticket 14040). */
async function create(vbox: VBoxManage, before: HostOnlyInterface[]): Promise<string> {
  const known = new Set(before.map(({ name }) => name));
  let failure: Error | undefined;
  let told: string | undefined;
  try {
    const { stdout } = await vbox.retrying(["hostonlyif", "create"]);
    told = /Interface '([^']+)' was successfully created/.exec(stdout)?.[1];
  } catch (error) {
    if (isFault(error, "driver-not-loaded", "not-installed")) throw error;
    failure = error as Error;
  }
  for (let looks = 0; looks < LOOKS; looks++) {
    const fresh = (await list(vbox)).find(({ name }) => (told ? name === told : !known.has(name)));
    if (fresh) return fresh.name;
    await vbox.sleep(LOOK_PAUSE);
  }
  throw (
    failure ??
    new HostOnlyError(
      `VirtualBox said that it created ${told ?? "a host-only interface"}, but does not list it. ${remedyFor("driver-not-loaded")}`,
    )
  );
}

async function configure(vbox: VBoxManage, name: string, network: HostOnlyNetwork): Promise<void> {
  const mask = netmask(network.prefixLength);
  await vbox.retrying(["hostonlyif", "ipconfig", name, "--ip", network.address, "--netmask", mask]);
  let found: HostOnlyInterface | undefined;
  for (let looks = 0; looks < LOOKS; looks++) {
    found = (await list(vbox)).find((one) => one.name === name);
    if (found?.address === network.address && isCarrying(found, await vbox.routes())) return;
    await vbox.sleep(LOOK_PAUSE);
  }
  // VirtualBox says that all is well. The route may be in a table that is not looked at.
  if (found?.address === network.address && found.up) return;
  throw new HostOnlyError(
    `the host-only interface ${name} did not take the address ${network.address}; give it to it by ` +
      `\`VBoxManage hostonlyif ipconfig ${name} --ip ${network.address} --netmask ${mask}\` and run this again.`,
  );
}

async function removeDhcp(vbox: VBoxManage, name: string): Promise<void> {
  const { stdout } = await vbox.retrying(["list", "dhcpservers"]);
  const serves = parseBlocks(stdout).some(
    (block) => block.get("NetworkName") === `HostInterfaceNetworking-${name}`,
  );
  if (serves) await vbox.retrying(["dhcpserver", "remove", `--interface=${name}`]);
}

async function isUsed(vbox: VBoxManage, name: string): Promise<boolean> {
  const machines = parseVmList((await vbox.retrying(["list", "vms"])).stdout);
  for (const { uuid } of machines) {
    // One that has gone, or that VirtualBox cannot read, does not count.
    const vm = await look(vbox, uuid).catch((error) => {
      if (isFault(error, "inaccessible")) return undefined;
      throw error;
    });
    if (vm && [...vm.nics.values()].some((nic) => nic.kind === "hostonly" && nic.interface === name))
      return true;
  }
  return false;
}
