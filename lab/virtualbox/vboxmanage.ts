import { Answer, ok, Refusal, VERSION } from "./answer";
import { Box } from "./box";
import { controlvm } from "./commands/controlvm";
import { convertfromraw } from "./commands/convertfromraw";
import { createvm } from "./commands/createvm";
import { dhcpserver } from "./commands/dhcpserver";
import { discardstate } from "./commands/discardstate";
import { getextradata, setextradata } from "./commands/extradata";
import { guestproperty } from "./commands/guestproperty";
import { hostonlyif } from "./commands/hostonlyif";
import { list } from "./commands/list";
import { closemedium, createmedium, modifymedium, showmediuminfo } from "./commands/medium";
import { modifyvm } from "./commands/modifyvm";
import { showvminfo } from "./commands/showvminfo";
import { snapshot } from "./commands/snapshot";
import { startvm } from "./commands/startvm";
import { storageattach } from "./commands/storageattach";
import { storagectl } from "./commands/storagectl";
import { unregistervm } from "./commands/unregistervm";
import { withFaults } from "./faults";
import { unknownCommand } from "./syntax";

/** A command of VBoxManage: what follows its name, to an answer. */
export type Command = (box: Box, args: string[]) => Promise<Answer>;

const COMMANDS: Record<string, Command> = {
  closemedium,
  controlvm,
  convertfromraw,
  createmedium,
  createvm,
  dhcpserver,
  discardstate,
  getextradata,
  guestproperty,
  hostonlyif,
  list,
  modifymedium,
  modifyvm,
  setextradata,
  showmediuminfo,
  showvminfo,
  snapshot,
  startvm,
  storageattach,
  storagectl,
  unregistervm,
};

/** Answers one call of VBoxManage. @throws Error only for faults of the lab itself, never for the caller's. */
export async function vboxmanage(box: Box, args: string[]): Promise<Answer> {
  return withFaults(box.store, args, async () => {
    try {
      return await dispatch(box, args);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  });
}

async function dispatch(box: Box, [word, ...rest]: string[]): Promise<Answer> {
  if (["--version", "-v", "-V"].includes(word)) return ok(`${VERSION}\n`);
  const command = Object.hasOwn(COMMANDS, word ?? "") ? COMMANDS[word] : undefined;
  return command ? command(box, rest) : unknownCommand(word);
}
