import { Context } from "../resource";
import { VBoxManage, VBoxManageOptions } from "../virtualbox";
import { MachineServices } from "../machine-services";

/** VBoxManage for one resource's work: ends with it, and shows beside it what it waits for. */
export function vboxFor(
  services: MachineServices,
  context: Context,
  options: VBoxManageOptions = {},
): VBoxManage {
  return new VBoxManage(services.run, { signal: context.signal, onWait: context.status, ...options });
}
