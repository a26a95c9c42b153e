import { type Check, warning, well } from "../check";
import { type Node } from "./subject";

/** Units that failed, whosever they are. */
export const unitsCheck: Check<Node> = {
  name: "units",
  async look({ name, cluster, report }) {
    if (!report) return undefined;
    const { failedUnits } = report;
    if (failedUnits.length === 0) return well("no unit has failed");
    return warning(
      `failed: ${failedUnits.join(", ")}`,
      `ssh root@${cluster.machines[name].address} journalctl --unit=${failedUnits[0]} --lines=50`,
    );
  },
};
