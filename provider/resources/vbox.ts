import { Context } from "../resource";
import { VBoxManage, VBoxManageOptions } from "../virtualbox";
import { Workshop } from "../workshop";

/** VBoxManage for one resource's work: ends with it, and shows beside it what it waits for. */
export function vboxFor(workshop: Workshop, context: Context, options: VBoxManageOptions = {}): VBoxManage {
  return new VBoxManage(workshop.run, { signal: context.signal, onWait: context.status, ...options });
}
