import { requireNix } from "../../provider/nixos/nix";
import { DEFAULTS } from "../../settings/defaults";
import { type Check, judgementOf, well } from "../check";
import { type Box } from "./subject";

/** Nix, new enough for the nixpkgs of the settings. */
export const nixCheck: Check<Box> = {
  name: "nix",
  async look({ run, settings }) {
    const minimum = settings?.nixpkgs.minimumNix ?? DEFAULTS.nixpkgs.minimumNix;
    try {
      await requireNix(run, minimum);
      return well(`Nix is ${minimum} or newer`);
    } catch (error) {
      return judgementOf(error);
    }
  },
};
