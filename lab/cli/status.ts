import { readFile } from "node:fs/promises";
import { ask } from "../machine/control";
import type { Hardware } from "../machine/hardware";
import type { MachineStatus } from "../machine/control";
import { knownMachines } from "./machine-list";
import { findInit } from "./namespaces";

/** What `lab/lab status` prints. To be called inside the lab, where the machines answer. */
export async function status(state: string): Promise<string> {
  const machines = await Promise.all(
    (await knownMachines(state)).map(async (hardware) => ({
      hardware,
      status: (await ask(state, hardware.uuid, { op: "status" }))?.status,
    })),
  );
  const memory = parseMemory(await readFile("/proc/meminfo", "utf8"));
  return renderStatus(findInit(state), machines, memory);
}

export function renderStatus(
  init: number | undefined,
  machines: { hardware: Hardware; status?: MachineStatus }[],
  memory: { total: number; available: number },
): string {
  const rows = machines.map(({ hardware, status }) => [
    hardware.name,
    status ? "on" : "off",
    status?.doing ?? "",
    status?.addresses.join(", ") ?? "",
  ]);
  const table = [["MACHINE", "POWER", "DOING", "ADDRESSES"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  return [
    `The lab is ${init === undefined ? "down" : "up"}. Free memory of this box: ${memory.available} of ${memory.total} MB.`,
    ...(machines.length > 0 ? lines : ["No machine has been powered on."]),
  ].join("\n");
}

/** @returns MB */
export function parseMemory(meminfo: string): { total: number; available: number } {
  const megabytes = (key: string) =>
    Math.round(Number(meminfo.match(new RegExp(`^${key}:\\s+(\\d+) kB`, "m"))?.[1]) / 1024);
  return { total: megabytes("MemTotal"), available: megabytes("MemAvailable") };
}
