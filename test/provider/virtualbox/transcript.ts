import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A real call of VBoxManage 7.2 and its answer. */
export interface Call {
  args: string[];
  exit: number;
  stdout: string;
  stderr: string;
}

const FILE = join(__dirname, "../../fixtures/virtualbox/transcript.json");

export const transcript = JSON.parse(readFileSync(FILE, "utf8")) as Call[];

/** The nth real call that begins with these arguments (from 0; negative from the end). */
export function real(begin: string, nth = 0): Call {
  const call = transcript.filter(({ args }) => args.join(" ").startsWith(begin)).at(nth);
  if (!call) throw new Error(`no call in the transcript begins with "${begin}"`);
  return call;
}

/** What VBoxManage prints on standard output before any answer while its kernel driver is not loaded. */
export const DRIVER_WARNING = `WARNING: The character device /dev/vboxdrv does not exist.
         Please install the virtualbox-dkms package and the appropriate
         headers, most likely linux-headers-amd64.

         You will not be able to start VMs until this problem is fixed.
`;
