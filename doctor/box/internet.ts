import { type Check, unknown, warning, well } from "../check";
import { reach } from "../reach";
import { type Box } from "./subject";

const PATIENCE = 5000;

/** Before the first `up`: the ports on the internet that it fetches from. */
export const internetCheck: Check<Box> = {
  name: "internet",
  async look({ settings, hasCluster, env }) {
    if (!settings || hasCluster) return undefined;
    const { provider, nixpkgs } = settings;
    const urls = [
      "https://cache.nixos.org",
      nixpkgs.url,
      provider.kind === "hetzner" ? "https://api.hetzner.cloud" : provider.installer.url,
    ].map((url) => new URL(url));
    const hosts = [...new Set(urls.filter(({ protocol }) => protocol === "https:").map(({ host }) => host))];
    if (env.https_proxy || env.HTTPS_PROXY)
      return unknown(
        "a proxy stands between this box and the internet",
        `See that it lets ${hosts.join(", ")} through.`,
      );
    const answers = await Promise.all(
      hosts.map((host) => reach(host.split(":")[0], Number(host.split(":")[1] ?? 443), PATIENCE)),
    );
    const silent = hosts.filter((_, index) => answers[index] !== "open");
    return silent.length === 0
      ? well(`${hosts.join(", ")} can be reached`)
      : warning(
          `${silent.join(", ")} can't be reached`,
          "See whether this box is online, and whether a firewall lets it out to port 443.",
        );
  },
};
