import { isIP } from "node:net";
import { ADDRESS_SERVICE, isIn } from "../../provider/own-address";
import { type Box } from "../box/subject";
import { type Check, type Judgement, problem, unknown, well } from "../check";

/** Whether the firewall will let this box in: its address on the internet is in kluster:access. */
export const accessCheck: Check<Box> = {
  name: "access",
  async look({ settings, env, run }) {
    if (settings?.provider.kind !== "hetzner") return undefined;
    const url = env.KLUSTER_ADDRESS_URL ?? ADDRESS_SERVICE;
    const args = ["-fsS", "--max-time", "10", url];
    const finished = await run("curl", args, { timeout: 15_000 }).catch(() => undefined);
    return judgeAccess(
      finished?.code === 0 ? finished.stdout.trim() : undefined,
      settings.provider.access,
      settings.stack,
      url,
    );
  },
};

/** @param address that this box has on the internet */
export function judgeAccess(
  address: string | undefined,
  access: readonly string[],
  stack: string,
  url: string,
): Judgement {
  if (address === undefined || !isIP(address))
    return unknown(
      `${url} does not say which address this box has on the internet`,
      "See whether this box is online; KLUSTER_ADDRESS_URL names another service.",
    );
  return isIn(address, access)
    ? well(`kluster:access lets ${address}, this box, in`)
    : problem(
        `kluster:access does not let ${address} in, which is this box's address on the internet`,
        `setup/allow --stack ${stack}, then pulumi up.`,
      );
}
