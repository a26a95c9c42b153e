import { readFile } from "node:fs/promises";
import { Range } from "./ipv4";

/** Where this box sends packets for a range of addresses. */
export interface Route extends Range {
  /** Name of the network interface. */
  interface: string;
}

/** RTF_UP and RTF_REJECT of Linux' route.h. */
const UP = 0x0001;
const REJECT = 0x0200;

/**
 * Understands /proc/net/route, in which addresses are eight hex digits, the last byte first. A host-only interface is
 * in it while it is up and has its address. Default routes are left out: every other one goes before them.
 */
export function parseRoutes(table: string): Route[] {
  const fields = table.split("\n").map((line) => line.trim().split(/\s+/));
  return fields.flatMap(([name, destination, , flags, , , , mask]) => {
    const address = dotted(destination);
    const bits = dotted(mask);
    const wanted = parseInt(flags ?? "", 16);
    if (!name || !address || !bits || !(wanted & UP) || wanted & REJECT) return [];
    const prefixLength = 32 - Math.clz32(parseInt(mask, 16)); // the low bits are the first ones
    return prefixLength === 0 ? [] : [{ interface: name, address, prefixLength }];
  });
}

function dotted(digits: string | undefined): string | undefined {
  if (!/^[0-9a-f]{8}$/i.test(digits ?? "")) return undefined;
  return digits!
    .match(/../g)!
    .reverse()
    .map((byte) => parseInt(byte, 16))
    .join(".");
}

/** The routes of this box, as its kernel has them; undefined where it does not tell. */
export async function kernelRoutes(): Promise<Route[] | undefined> {
  return readFile("/proc/net/route", "utf8").then(parseRoutes, () => undefined);
}
