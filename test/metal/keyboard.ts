import { scancodesFor } from "../../lab/virtualbox/keyboard";
import { Run } from "../../provider/process";
import { VBoxManage } from "../../provider/virtualbox/vboxmanage";
import { Qmp } from "./qmp";

/** VBoxManage as far as kluster types by it; the keys are those of a guest of QEMU. */
export function typingBy(qmp: Qmp): VBoxManage {
  const run: Run = async (_command, [verb, , action, ...words]) => {
    if (verb !== "controlvm") throw new Error(`there is no VirtualBox here to ${verb}`);
    if (action === "keyboardputstring") await qmp.type(scancodesFor(words.join(" ")));
    else if (action === "keyboardputscancode") await qmp.type(words.map((hex) => parseInt(hex, 16)));
    else throw new Error(`there is no VirtualBox here to ${action}`);
    return { code: 0, stdout: "", stderr: "" };
  };
  return new VBoxManage(run);
}
