import * as pulumi from "@pulumi/pulumi";
import { HetznerApi, Kind, Leftovers, STACK_LABEL } from "../../provider/hetzner";
import { HetznerAccount } from "./account";
import { known } from "./known";

/**
 * What runs that were killed have left at Hetzner. A run that is killed while an object is being made leaves it there,
 * unknown to the state; before the next run makes it, what was left is removed, found by its name and the stack's
 * label. Nothing depends on it yet: the run had come no further.
 */
export class KilledRuns {
  private leftovers?: Promise<{ all: Leftovers; identity: string }>;

  constructor(
    private readonly account: HetznerAccount,
    private readonly stackIdentity: pulumi.Output<string>,
  ) {}

  /** Options for an object at Hetzner. The hook runs before creations only: nothing else costs a request. */
  before(kind: Kind): pulumi.CustomResourceOptions {
    const beforeCreate = async ({ newInputs }: pulumi.ResourceHookArgs) => {
      const { all, identity } = await this.look();
      await all.remove(kind, newInputs!.name as string, { [STACK_LABEL]: identity });
    };
    return { hooks: { beforeCreate: [beforeCreate] } };
  }

  /** Likewise for a subnet, which has neither name nor label: it is its network's. */
  beforeSubnet(): pulumi.CustomResourceOptions {
    const beforeCreate = async ({ newInputs }: pulumi.ResourceHookArgs) => {
      const { all } = await this.look();
      const { networkId, ipRange } = newInputs as { networkId: number; ipRange: string };
      await all.removeSubnet(networkId, ipRange);
    };
    return { hooks: { beforeCreate: [beforeCreate] } };
  }

  private look() {
    return (this.leftovers ??= this.open());
  }

  private async open() {
    const [token, identity] = await known(pulumi.all([this.account.token, this.stackIdentity]));
    return { all: new Leftovers(new HetznerApi({ token, endpoint: this.account.endpoint })), identity };
  }
}
