import { type Check, problem, well } from "../check";
import { type Box } from "./subject";

/** The settings, by their own checks. */
export const settingsCheck: Check<Box> = {
  name: "settings",
  async look({ settings, settingsError }) {
    if (settings) return well(`${settings.hosts.length} hosts, made by ${settings.provider.kind}`);
    return problem(
      settingsError?.message ?? "the settings can't be read",
      "Follow what stands behind each Next, and run this again.",
    );
  },
};
