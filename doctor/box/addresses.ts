import { type Check, problem, well } from "../check";
import { reach } from "../reach";
import { type Box } from "./subject";

const PATIENCE = 1500;

/** Before the first `up`: no other machine may have an address that is to be one of ours. */
export const addressesCheck: Check<Box> = {
  name: "addresses",
  async look(box) {
    if (!box.settings || box.hasCluster || box.settings.provider.kind !== "virtualbox") return undefined;
    const { hosts } = box.settings;
    const answers = await Promise.all(hosts.map(({ address }) => isThere(address)));
    const taken = hosts.filter((_, index) => answers[index]);
    return taken.length === 0
      ? well(`no machine answers SSH at ${hosts.map(({ address }) => address).join(", ")}`)
      : problem(
          `another machine answers at ${taken.map(({ name, address }) => `${address} (${name})`).join(", ")}`,
          "Give the hosts other addresses in the inventory, or switch that machine off.",
        );
  },
};

/** Whether a machine has the address. A refusal says nothing: routers refuse for addresses that nobody has. */
const isThere = async (address: string) => (await reach(address, 22, PATIENCE)) === "open";
