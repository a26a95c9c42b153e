import { connect } from "node:net";

/** What became of a TCP connection: somebody listens, nobody does, or there was no answer. */
export type Reach = "open" | "refused" | "silent";

/** @param patience milliseconds */
export function reach(host: string, port: number, patience: number): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (how: Reach) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(how);
    };
    const timer = setTimeout(() => settle("silent"), patience); // looking up a name has no time limit of its own
    socket.on("connect", () => settle("open"));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ECONNREFUSED" ? "refused" : "silent"),
    );
  });
}
