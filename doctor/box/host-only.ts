import { isFault } from "../../provider/virtualbox";
import { chooseHostOnly } from "../../provider/virtualbox/hostonly";
import { parseHostOnlyInterfaces } from "../../provider/virtualbox/parse";
import { type Check, judgementOf, well } from "../check";
import { type Box } from "./subject";

/** Whether a host-only interface has the machines' network, or can be made; its range is the settings' own check. */
export const hostOnlyCheck: Check<Box> = {
  name: "host-only",
  async look({ settings, vbox }) {
    if (settings?.provider.kind !== "virtualbox" || settings.provider.adapter.kind !== "hostonly")
      return undefined;
    const { address } = settings.provider.adapter;
    const prefixLength = Number(settings.network.split("/")[1]);
    try {
      const { stdout } = await vbox.retrying(["list", "hostonlyifs"]);
      const found = chooseHostOnly(parseHostOnlyInterfaces(stdout), { address, prefixLength });
      return well(
        found
          ? `${found.name} has the network ${settings.network}`
          : `${settings.network} is free for a new interface`,
      );
    } catch (error) {
      if (isFault(error, "not-installed")) return undefined; // the check of VirtualBox says so
      return judgementOf(error);
    }
  },
};
