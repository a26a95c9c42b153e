import { type Check, judgementOf, well } from "../check";
import { type Node } from "./subject";

/** Whether the operator gets in: the address, the pinned host key and the key of the outputs. */
export const loginCheck: Check<Node> = {
  name: "login",
  async look({ name, cluster, session, loginError }) {
    if (session) return well(`root@${cluster.machines[name].address} lets the operator in`);
    const judgement = judgementOf(loginError ?? new Error("there was no login"));
    return {
      ...judgement,
      remedy:
        "See whether the machine is on and this box reaches its address; `pulumi refresh && pulumi up` puts right what it can, and its console tells more (docs/guide/virtualbox.md, docs/guide/hetzner.md).",
    };
  },
};
