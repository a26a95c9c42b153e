import { basename } from "node:path";
import { type Check, type Judgement, problem, warning, well } from "../check";
import { type NodeReport } from "./report";
import { type Node } from "./subject";

/** The generations: the system that runs, the one that was booted, the next boot's, and the one that is wanted. */
export const systemsCheck: Check<Node> = {
  name: "system",
  async look({ name, cluster, report }) {
    return report && judgeSystems(report, cluster.machines[name].system);
  },
};

/** @param wanted store path of the outputs */
export function judgeSystems({ systems, kernels }: NodeReport, wanted: string): Judgement {
  const { running, booted, next } = systems;
  if (running !== wanted)
    return problem(
      `runs ${basename(running) || "no NixOS system"}, not ${basename(wanted)} of the last pulumi up`,
      "pulumi refresh && pulumi up",
    );
  if (next !== running)
    return problem(
      `would boot ${basename(next) || "nothing that is known"} next time, not ${basename(running)}, which runs`,
      "pulumi refresh && pulumi up",
    );
  if (kernels.running !== kernels.booted)
    return warning(
      `runs ${basename(running)} on the kernel of ${basename(booted)}, which was booted`,
      "Reboot the machine when it suits: the new kernel runs from the next boot on.",
    );
  return well(`runs ${basename(running)}, which it boots next time, too`);
}
