import { Context, Resource } from "../resource";
import { checkPlatform, ensureHostOnly, findHostOnly, removeHostOnlyIfUnused } from "../virtualbox";
import { Workshop } from "../workshop";
import { vboxFor } from "./vbox";

interface HostOnlyNetworkInputs {
  /** CIDR */
  cidr: string;
  /** The operator's own address on it. */
  address: string;
}

interface HostOnlyNetworkOutputs {
  /** Such as vboxnet0. */
  adapter: string;
  /** Whether it was made for this stack; what was there before stays. */
  created: boolean;
}

/** A host-only network of this box: what fits is used, and only what was made for the stack is removed again. */
export function hostOnlyNetwork(workshop: Workshop): Resource<HostOnlyNetworkInputs, HostOnlyNetworkOutputs> {
  const driver = (context: Context) => vboxFor(workshop, context);
  const wanted = ({ cidr, address }: HostOnlyNetworkInputs) => ({
    address,
    prefixLength: Number(cidr.split("/")[1]),
  });

  return {
    type: "kluster-provider:virtualbox:HostOnlyNetwork",
    secrets: [],
    outputs: ["adapter", "created"],
    replaceOn: ["cidr", "address"],

    async create(inputs, context) {
      const vbox = driver(context);
      await checkPlatform(vbox);
      const { name, created } = await ensureHostOnly(vbox, wanted(inputs));
      return { id: name, outputs: { adapter: name, created } };
    },

    async read(id, known, context) {
      const found = await findHostOnly(driver(context), wanted(known.inputs));
      return found === id ? known : undefined;
    },

    async delete(id, { outputs }, context) {
      if (outputs.created) await removeHostOnlyIfUnused(driver(context), id);
    },
  };
}
