import { connect } from "node:net";
import { type Check, problem, well } from "../check";
import { type Box } from "./subject";

/** Before the first `up`: no other machine may have an address that is to be one of ours. */
export const addressesCheck: Check<Box> = {
  name: "addresses",
  async look(box) {
    if (!box.settings || box.hasCluster || box.settings.provider.kind !== "virtualbox") return undefined;
    const { hosts } = box.settings;
    const answers = await Promise.all(hosts.map(({ address }) => isThere(address)));
    const taken = hosts.filter((_, index) => answers[index]);
    return taken.length === 0
      ? well(`no machine answers at ${hosts.map(({ address }) => address).join(", ")}`)
      : problem(
          `another machine answers at ${taken.map(({ name, address }) => `${address} (${name})`).join(", ")}`,
          "Give the hosts other addresses in the inventory, or switch that machine off.",
        );
  },
};

/** Whether anything has the address: an answer on SSH's port, be it that nobody listens there. */
export function isThere(address: string, port = 22, patience = 1500): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: patience });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.on("connect", () => settle(true));
    socket.on("timeout", () => settle(false));
    socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code === "ECONNREFUSED"));
  });
}
