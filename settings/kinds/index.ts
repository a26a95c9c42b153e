import { type ProviderKind } from "../keys";
import { hetzner } from "./hetzner";
import { type MachineKind } from "./kind";
import { virtualBox } from "./virtualbox";

export type { MachineKind, MachineNetwork, Machines, Reserved } from "./kind";

/** All kinds of machines, by the values of `kluster:provider`. */
export const KINDS: Record<ProviderKind, MachineKind> = { virtualbox: virtualBox, hetzner };
