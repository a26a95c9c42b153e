import { checkPlatform } from "../../provider/virtualbox";
import { type Check, judgementOf, well } from "../check";
import { type Box, isVirtualBox } from "./subject";

/** VirtualBox's version and kernel modules, by the check that every `pulumi up` begins with. */
export const virtualBoxCheck: Check<Box> = {
  name: "virtualbox",
  async look(box) {
    if (!isVirtualBox(box)) return undefined;
    try {
      const { version, warnings } = await checkPlatform(box.vbox);
      if (warnings.length === 0) return well(`VirtualBox ${version.text}, with its kernel modules`);
      const [first] = warnings.filter((text) => /modules are not loaded/.test(text));
      return first
        ? judgementOf(new Error(first))
        : { state: "warning", finding: warnings.join(" "), remedy: "None is needed where machines start." };
    } catch (error) {
      return judgementOf(error);
    }
  },
};
