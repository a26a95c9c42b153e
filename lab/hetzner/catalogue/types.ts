/** A server type of the catalogue. */
export interface ServerType {
  /** Made up. */
  id: number;
  name: string;
  category: string;
  cores: number;
  /** GB. */
  memory: number;
  /** GB. */
  disk: number;
  cpuType: "shared" | "dedicated";
  architecture: "x86" | "arm";
  /** Names of the locations that have ever had it. */
  locations: string[];
  /** Euro, net. */
  monthly: number;
  /** Can be ordered where nothing else is said of the stock. */
  orderable: boolean;
  /** No new servers of this type after `unavailableAfter`; ISO times. */
  deprecation: { announced: string; unavailable_after: string } | null;
}

const EUROPE = ["fsn1", "nbg1", "hel1"];
const EVERYWHERE = [...EUROPE, "ash", "hil", "sin"];

type Size = [cores: number, memory: number, disk: number];

const family =
  (shared: Pick<ServerType, "category" | "cpuType" | "architecture" | "locations" | "orderable">) =>
  (id: number, name: string, [cores, memory, disk]: Size, monthly: number): ServerType => ({
    id,
    name,
    cores,
    memory,
    disk,
    monthly,
    deprecation: null,
    ...shared,
  });

/** Sold out everywhere since September 2026. */
const costOptimised = family({
  category: "Cost-Optimized",
  cpuType: "shared",
  architecture: "x86",
  locations: EUROPE,
  orderable: false,
});

const costOptimisedArm = family({
  category: "Cost-Optimized",
  cpuType: "shared",
  architecture: "arm",
  locations: EUROPE,
  orderable: false,
});

const regular = family({
  category: "Regular Performance",
  cpuType: "shared",
  architecture: "x86",
  locations: EVERYWHERE,
  orderable: true,
});

const dedicated = family({
  category: "General Purpose",
  cpuType: "dedicated",
  architecture: "x86",
  locations: EVERYWHERE,
  orderable: true,
});

/**
 * Types and European prices of autumn 2026, as far as they are published; the other continents' prices, which
 * differ, are the same here. cx22 is the one that is gone: it stands for types that old servers still have.
 */
export const SERVER_TYPES: ServerType[] = [
  {
    ...costOptimised(104, "cx22", [2, 4, 40], 3.79),
    deprecation: { announced: "2025-10-16T00:00:00Z", unavailable_after: "2026-01-01T00:00:00Z" },
  },
  costOptimised(114, "cx23", [2, 4, 40], 5.49),
  costOptimised(115, "cx33", [4, 8, 80], 8.49),
  costOptimised(116, "cx43", [8, 16, 160], 15.99),
  costOptimised(117, "cx53", [16, 32, 320], 29.49),
  costOptimisedArm(45, "cax11", [2, 4, 40], 5.99),
  costOptimisedArm(93, "cax21", [4, 8, 80], 10.49),
  regular(108, "cpx12", [1, 2, 40], 11.49),
  regular(109, "cpx22", [2, 4, 80], 19.49),
  dedicated(96, "ccx13", [2, 8, 80], 42.99),
];
