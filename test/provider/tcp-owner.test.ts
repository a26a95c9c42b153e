import { ownerOf } from "../../provider/tcp-owner";

const from = { address: "127.0.0.1", port: 48312 };
const to = { address: "127.0.0.1", port: 43690 };
const [client, server] = ["0100007F:BCB8", "0100007F:AAAA"];
const mapped = (end: string) => `0000000000000000FFFF0000${end}`;
const header =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
/** A line as Linux writes it. */
const line = (local: string, remote: string, state: string, uid: number, inode: number) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000092b0740f 20 4 30 10 -1\n`;

describe("the owner of the other end of a connection", () => {
  test.each<[string, string, number | undefined]>([
    ["is whoever has the socket", line(client, server, "01", 1000, 77), 1000],
    ["is root", line(client, server, "01", 0, 77), 0],
    ["is found behind an IPv6 socket", line(mapped(client), mapped(server), "01", 1000, 77), 1000],
    ["is not the owner of our end", line(server, client, "01", 1000, 77), undefined],
    [
      "is found among others",
      line("0100007F:BCB9", server, "01", 1, 76) +
        line(client, "0100007F:AAAB", "01", 2, 78) +
        line(client, server, "01", 3, 79),
      3,
    ],
    ["is nobody when there is no such connection", "", undefined],
    // Many versions of Linux show root for all of these.
    [
      "is nobody once the socket is closed, with data on the way",
      line(client, server, "04", 0, 0),
      undefined,
    ],
    ["is nobody once the socket is closed", line(client, server, "05", 0, 0), undefined],
    ["is nobody while the port rests", line(client, server, "06", 0, 0), undefined],
    ["is nobody where an open connection has no socket", line(client, server, "01", 0, 0), undefined],
  ])("%s", (_, lines, uid) => {
    expect(ownerOf(header + lines, from, to, "LE")).toBe(uid);
  });

  test("is found on a box with the other order of bytes", () => {
    const table = line("7F000001:BCB8", "7F000001:AAAA", "01", 1000, 77);
    expect(ownerOf(header + table, from, to, "BE")).toBe(1000);
    const six = line(
      `00000000000000000000FFFF7F000001:BCB8`,
      `00000000000000000000FFFF7F000001:AAAA`,
      "01",
      5,
      7,
    );
    expect(ownerOf(header + six, from, to, "BE")).toBe(5);
  });
});
