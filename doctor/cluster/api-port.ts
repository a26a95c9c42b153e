import { type Check, type Judgement, problem, well } from "../check";
import { reach, type Reach } from "../reach";
import { type Node } from "./subject";

const PATIENCE = 5000;

/** Whether the API's port answers to this box, as kubectl needs it. */
export const apiPortCheck: Check<Node> = {
  name: "api-port",
  async look({ name, cluster }) {
    if (name !== cluster.master) return undefined;
    const { hostname, port } = new URL(cluster.server);
    const address = hostname.replace(/^\[|\]$/g, "");
    return judgePort(await reach(address, Number(port || 443), PATIENCE), `${hostname}:${port || 443}`);
  },
};

export function judgePort(how: Reach, where: string): Judgement {
  if (how === "open") return well(`${where} answers to this box`);
  return how === "refused"
    ? problem(
        `nobody listens at ${where}`,
        "The check of the API says why, where the machine lets the operator in.",
      )
    : problem(
        `${where} does not answer to this box`,
        "See whether the machine is on. At Hetzner: whether kluster:access has this box's address (setup/allow), and pulumi up has opened the firewall for it.",
      );
}
