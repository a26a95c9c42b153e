import { existsSync } from "node:fs";
import { sizeOf, usersOf } from "./registry";
import { isActive } from "./sessions";
import { Medium, State } from "./state";

const megabytes = (bytes: number) => Math.floor(bytes / (1 << 20));

/** A medium as `showmediuminfo` (long) and `list hdds` show it. */
export function describeMedium(state: State, medium: Medium, { long }: { long: boolean }): string {
  const disk = medium.kind === "disk";
  const lines = [
    ["UUID:", medium.uuid],
    ...(disk || long ? [["Parent UUID:", medium.parent ?? "base"]] : []),
    ["State:", stateOf(state, medium)],
    ...(long && !existsSync(medium.location) ? accessError(medium) : []),
    ["Type:", disk ? `normal (${medium.parent ? "differencing" : "base"})` : "readonly"],
    ["Location:", medium.location],
    ["Storage format:", medium.format],
    ...(long ? [["Format variant:", `${medium.variant} default`]] : []),
    ["Capacity:", `${megabytes(medium.capacity)} MBytes`],
    ...(long ? [["Size on disk:", `${sizeOf(medium)} MBytes`]] : []),
    ["Encryption:", "disabled"],
    ...(long && medium.format === "VDI"
      ? [["Property:", `AllocationBlockSize=${stateOf(state, medium) === "created" ? 1048576 : ""}`]]
      : []),
    ...(long ? users(state, medium) : []),
  ];
  return lines.map(([label, value]) => `${label.padEnd(16)}${value}\n`).join("");
}

/** The text of VirtualBox's source; that the line is there was seen. */
const accessError = ({ location }: Medium) => [
  ["Access Error:", `Could not open the medium '${location}'.`],
  ["", `VD: error VERR_FILE_NOT_FOUND opening image file '${location}' (VERR_FILE_NOT_FOUND)`],
];

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
