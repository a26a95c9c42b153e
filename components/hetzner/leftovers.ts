import * as pulumi from "@pulumi/pulumi";
import { HetznerApi, Kind, removeLeftover, STACK_LABEL } from "../../provider/hetzner";
import { HetznerAccount } from "./account";

/** Whose objects, and where they are. */
export interface Owner {
  account: HetznerAccount;
  /** Every object of the stack is labelled with it. */
  stackIdentity: pulumi.Output<string>;
}

/**
 * Options for an object at Hetzner. A run that is killed while the object is being made leaves it there, unknown to
 * the state; before the next run makes it, what was left is removed, found by its name and the stack's label. Nothing
 * depends on it yet: the run had come no further. The hook runs before creations only, and so costs nothing else a
 * request.
 */
export function withoutLeftover(
  { account, stackIdentity }: Owner,
  kind: Kind,
  objectName: string,
): pulumi.CustomResourceOptions {
  const beforeCreate = async () => {
    const [token, identity] = await known(pulumi.all([account.token, stackIdentity]));
    const api = new HetznerApi({ token, endpoint: account.endpoint });
    await removeLeftover(api, kind, objectName, { [STACK_LABEL]: identity });
  };
  return { hooks: { beforeCreate: [beforeCreate] } };
}

/** What an output holds. Only for a hook: it runs when everything that its resource needs is known. */
function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value as T)));
}
