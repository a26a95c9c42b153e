import type { Fence } from "../machine/fences";

/** A server as its machine needs to know it. */
export interface ServerSpec {
  id: number;
  name: string;
  /** MB. */
  memory: number;
  cpus: number;
  /** MB. */
  disk: number;
  /** The NIC to the internet; one without both addresses belongs to a server that has none. */
  public: {
    mac: string;
    /** Given by DHCP, with prefix length 32. */
    ipv4?: string;
    /** The server's /64 as a CIDR, `2001:db8:1::/64`: nothing announces it, the guest sets its own address. */
    ipv6?: string;
  };
  private: PrivateNic[];
  /** What cloud-init fetches from the metadata service; "" where the server was made without. */
  userData: string;
}

/** A NIC in one of the project's networks. */
export interface PrivateNic {
  networkId: number;
  ip: string;
  /** The network's router, its first address: even the neighbours are behind it. */
  gateway: string;
  mac: string;
}

/**
 * Machines behind the API's servers. A call returns when what it asks for is so, and calls for one server never
 * overlap. Whoever killed the API in the middle of a call makes it again, so each has to bear being repeated.
 * A rejected call fails its action with the error's message.
 */
export interface ServerHardware {
  /** Makes a machine that is off, its disk filled with the stock image. */
  create(server: ServerSpec): Promise<void>;
  /** Gives a machine that is off another size or other public addresses; its disk only ever grows. */
  reconfigure(server: ServerSpec): Promise<void>;
  /** Returns as soon as the machine runs; booting goes on. Nothing to do for one that runs. */
  powerOn(id: number): Promise<void>;
  /** Cuts the power. Nothing to do for one that is off. */
  powerOff(id: number): Promise<void>;
  /** Presses the power button and returns; the guest may take its time, or ignore it. */
  shutdown(id: number): Promise<void>;
  /** Hard reset of a machine that runs. */
  reset(id: number): Promise<void>;
  isRunning(id: number): Promise<boolean>;
  /** Cuts the power and removes the machine and its disk. Nothing to do for one that is gone. */
  remove(id: number): Promise<void>;
  /** Adds a private NIC, also while the machine runs. */
  plug(id: number, nic: PrivateNic): Promise<void>;
  /** Takes the private NIC in this network out, also while the machine runs. */
  unplug(id: number, networkId: number): Promise<void>;
  /**
   * Puts firewalls between servers and the internet, all at once and in place of those before. Servers without a fence
   * are open; there may be fences of servers that have no machine yet.
   */
  fence(servers: Fence[]): Promise<void>;
}

/** No machines at all: power is a switch, and a pressed button turns it off. `running` are on from the start. */
export function noHardware(running: Iterable<number> = []): ServerHardware {
  const on = new Set(running);
  return {
    create: async () => {},
    reconfigure: async () => {},
    powerOn: async (id) => void on.add(id),
    powerOff: async (id) => void on.delete(id),
    shutdown: async (id) => void on.delete(id),
    reset: async () => {},
    isRunning: async (id) => on.has(id),
    remove: async (id) => void on.delete(id),
    plug: async () => {},
    unplug: async () => {},
    fence: async () => {},
  };
}
