import { VirtualMachine } from "./state";

const escape = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * A .vbox file with the VM's identity. VirtualBox keeps all settings in it; the stand-in keeps them in its own
 * state and writes the file because its existence alone is what `createvm` stumbles over.
 */
export const settingsXml = ({ uuid, name, osType }: VirtualMachine) => `<?xml version="1.0"?>
<!-- Written by the rehearsal lab's VBoxManage; the settings are in its own state. -->
<VirtualBox xmlns="http://www.virtualbox.org/" version="1.20-linux">
  <Machine uuid="{${uuid}}" name="${escape(name)}" OSType="${escape(osType)}"/>
</VirtualBox>
`;
