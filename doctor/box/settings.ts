import { SettingsError } from "../../settings";
import { type Check, problem, well } from "../check";
import { type Box } from "./subject";

/** The settings, by their own checks. */
export const settingsCheck: Check<Box> = {
  name: "settings",
  async look({ settings, settingsError }) {
    if (settings) return well(`${settings.hosts.length} hosts, made by ${settings.provider.kind}`);
    if (!(settingsError instanceof SettingsError)) return undefined; // the stack could not be read, which is said there
    return problem(settingsError.message, "Follow what stands behind each Next, and run this again.");
  },
};
