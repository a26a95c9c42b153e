import { endianness } from "node:os";

/** One end of a TCP connection: an IPv4 address and a port. */
export interface End {
  address: string;
  port: number;
}

/**
 * The user whose socket is the end `from` of an open connection to `to`.
 *
 * A socket that its process has closed has no owner any more, and many versions of Linux then show root as the owner:
 * anybody who sends and closes at once would be root. Only connections that are still open on that side count.
 *
 * @param table text of /proc/net/tcp or /proc/net/tcp6; in the latter are programs that reach IPv4 by an IPv6 socket
 * @param order of the bytes in this box's memory, in which Linux writes addresses
 * @returns the uid; undefined when the table has no such open connection
 */
export function ownerOf(table: string, from: End, to: End, order = endianness()): number | undefined {
  const ends = [written(from, order), written(to, order)];
  for (const line of table.split("\n")) {
    // sl local remote state queues timer retransmits uid timeout inode
    const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined) continue;
    if (state !== ESTABLISHED || inode === "0") continue;
    if (withoutIpv6(local) === ends[0] && withoutIpv6(remote) === ends[1]) return Number(uid);
  }
  return undefined;
}

const ESTABLISHED = "01";

/** An end as the table has it: the address as a number in hexadecimal digits, and the port. */
function written({ address, port }: End, order: "BE" | "LE"): string {
  const bytes = address.split(".").map((byte) => hex(Number(byte), 2));
  return `${(order === "LE" ? bytes.reverse() : bytes).join("")}:${hex(port, 4)}`;
}

const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, "0");

/** Takes off what makes an IPv6 address of an IPv4 one (::ffff:0:0/96), in either order of bytes. */
const withoutIpv6 = (end: string) => end.replace(/^0{16}(FFFF0000|0000FFFF)/, "");
