import { HOST_ONLY_NETWORK, HostOnlyNetworkInputs, HostOnlyNetworkOutputs } from "../declarations/virtualbox";
import { Context, implement, Resource } from "../resource";
import {
  checkPlatform,
  ensureCarrying,
  ensureHostOnly,
  HostOnlySight,
  lookAtHostOnly,
  removeHostOnlyIfUnused,
  VBoxManageError,
  VBoxManageOptions,
} from "../virtualbox";
import { MachineServices } from "../machine-services";
import { vboxFor } from "./vbox";

/** A host-only network of this box: what fits is used, and only what was made for the stack is removed again. */
export function hostOnlyNetwork(
  services: MachineServices,
  options: VBoxManageOptions = {},
): Resource<HostOnlyNetworkInputs, HostOnlyNetworkOutputs> {
  const driver = (context: Context) => vboxFor(services, context, options);
  const wanted = ({ cidr, address }: HostOnlyNetworkInputs) => ({
    address,
    prefixLength: Number(cidr.split("/")[1]),
  });

  /** undefined where VirtualBox cannot be asked, which others have to say. */
  async function look(inputs: HostOnlyNetworkInputs, context: Context): Promise<HostOnlySight | undefined> {
    try {
      return await lookAtHostOnly(driver(context), wanted(inputs));
    } catch (error) {
      if (error instanceof VBoxManageError) return undefined;
      throw error;
    }
  }

  return implement(HOST_ONLY_NETWORK, {
    replaceOn: ["cidr", "address"],

    /** Looks at the box, so that the preview already says what machines on the network would wait for in vain. */
    async check(inputs, context, before) {
      // Of a network that is to be another, the one that is still there may be in the way.
      const same = before?.cidr === inputs.cidr && before.address === inputs.address;
      const sight = before && !same ? undefined : await look(inputs, context);
      if (sight?.obstacle && !before)
        return { inputs, failures: [{ property: "cidr", reason: sight.obstacle }] };
      if (sight?.obstacle) context.warn(sight.obstacle);
      else if (before && sight && sight.name === undefined)
        context.warn(
          `no host-only interface has ${inputs.cidr} any more, so that machines on it do not start: ` +
            "`pulumi refresh`, and then `pulumi up`, makes one anew",
        );
      const counted = before?.foundDown ?? 0;
      const foundDown = before && sight?.name && !sight.carries ? counted + 1 : counted;
      return { inputs: foundDown ? { ...inputs, foundDown } : inputs };
    },

    async create(inputs, context) {
      const vbox = driver(context);
      await checkPlatform(vbox);
      const { name, created } = await ensureHostOnly(vbox, wanted(inputs));
      return { id: name, outputs: { adapter: name, created } };
    },

    async read(id, known, context) {
      const { name, carries, obstacle } = await lookAtHostOnly(driver(context), wanted(known.inputs));
      if (obstacle) context.warn(obstacle);
      if (obstacle && name === undefined) return known; // another one is in its place, and it may be behind that
      if (name !== id) return undefined;
      if (!carries)
        context.warn(
          `the host-only interface ${id} is down or without its address, so that its machines are not reached; ` +
            "`pulumi up` brings it up",
        );
      return known;
    },

    /** What is found down is brought up. */
    async update(_id, { outputs }, context) {
      await ensureCarrying(driver(context), outputs.adapter);
      return outputs;
    },

    async delete(id, { outputs }, context) {
      if (outputs.created) await removeHostOnlyIfUnused(driver(context), id);
    },
  });
}
