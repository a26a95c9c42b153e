import { type Check, type Judgement, unknown, warning, well } from "../check";
import { type Box } from "./subject";

/** This box's clock: certificates are made by it, and machines with the right time refuse what begins in the future. */
export const clockCheck: Check<Box> = {
  name: "clock",
  async look({ run }) {
    const args = ["show", "--property=NTPSynchronized", "--value"];
    const finished = await run("timedatectl", args, { timeout: 10_000 }).catch(() => undefined);
    return judgeClock(finished?.stdout.trim(), new Date());
  },
};

/** @param synchronised what timedatectl says: yes or no */
export function judgeClock(synchronised: string | undefined, now: Date): Judgement {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, " UTC")
    .replace("T", " ");
  if (synchronised === "yes") return well(`it is ${time}, kept by NTP`);
  if (synchronised === "no")
    return warning(
      `it is ${time}, and no NTP keeps the clock`,
      "Compare it with the true time. `sudo timedatectl set-ntp true` keeps it right.",
    );
  return unknown(
    `it is ${time}; what keeps the clock can't be asked here (timedatectl)`,
    "Compare it with the true time.",
  );
}
