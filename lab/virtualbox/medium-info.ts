import { existsSync } from "node:fs";
import { sizeOnDisk } from "./disk-file";
import { usersOf } from "./registry";
import { isActive } from "./sessions";
import { Medium, State } from "./state";

const megabytes = (bytes: number) => Math.floor(bytes / (1 << 20));

/** A medium as `showmediuminfo` (long) and `list hdds` show it. */
export function describeMedium(state: State, medium: Medium, { long }: { long: boolean }): string {
  const disk = medium.kind === "disk";
  const lines = [
    ["UUID:", medium.uuid],
    ...(disk ? [["Parent UUID:", medium.parent ?? "base"]] : []),
    ["State:", stateOf(state, medium)],
    ["Type:", disk ? `normal (${medium.parent ? "differencing" : "base"})` : "readonly"],
    ["Location:", medium.location],
    ["Storage format:", medium.format],
    ...(long ? [["Format variant:", `${medium.variant} default`]] : []),
    ["Capacity:", `${megabytes(medium.capacity)} MBytes`],
    ...(long
      ? [["Size on disk:", `${sizeOnDisk(medium.location, medium.format, medium.capacity)} MBytes`]]
      : []),
    ["Encryption:", "disabled"],
    ...(long && medium.format === "VDI" ? [["Property:", "AllocationBlockSize=1048576"]] : []),
    ...(long ? users(state, medium) : []),
  ];
  return lines.map(([label, value]) => `${label.padEnd(16)}${value}\n`).join("");
}

const users = (state: State, medium: Medium) =>
  usersOf(state, medium).map(({ name, uuid }, at) => [
    at === 0 ? "In use by VMs:" : "",
    `${name} (UUID: ${uuid})`,
  ]);

function stateOf(state: State, medium: Medium): string {
  if (!existsSync(medium.location)) return "inaccessible";
  if (!usersOf(state, medium).some(isActive)) return "created";
  return medium.kind === "disk" ? "locked write" : "locked read";
}
