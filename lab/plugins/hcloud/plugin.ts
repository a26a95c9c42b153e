import { unimplemented } from "../errors";
import { Checked, DiffAnswer, ProviderPlugin, ResourceType } from "../provider";
import { Properties, secret } from "../values";
import { Client } from "./client/client";
import { clientOf, CONFIGURATION } from "./configuration";
import { FrameworkResource } from "./framework-resource";
import { Kind } from "./kind";
import { firewall } from "./kinds/firewall";
import { network } from "./kinds/network";
import { networkSubnet } from "./kinds/network-subnet";
import { placementGroup } from "./kinds/placement-group";
import { primaryIp } from "./kinds/primary-ip";
import { serverNetwork } from "./kinds/server-network";
import { server } from "./kinds/server/server";
import { sshKey } from "./kinds/ssh-key";
import { SdkResource } from "./sdk-resource";

export const KINDS: readonly Kind[] = [
  firewall,
  network,
  networkSubnet,
  placementGroup,
  primaryIp,
  server,
  serverNetwork,
  sshKey,
];

/** The lab's stand-in of Pulumi's hcloud plugin. */
export class HcloudPlugin implements ProviderPlugin {
  readonly name = "hcloud";
  readonly version = "1.41.0";
  readonly configured = {
    acceptSecrets: false,
    supportsPreview: true,
    acceptResources: false,
    acceptOutputs: false,
    supportsAutonamingConfiguration: true,
  };
  private client = (): Client => {
    throw new Error("the hcloud plugin is not configured");
  };
  private readonly types = new Map(
    KINDS.map((kind): [string, ResourceType] => {
      const Resource = kind.library === "sdk" ? SdkResource : FrameworkResource;
      return [kind.token, new Resource(kind, () => this.client())];
    }),
  );

  async checkConfig({ news }: { news: Properties }): Promise<Checked> {
    const failures = Object.keys(news)
      .filter((key) => !CONFIGURATION.includes(key))
      .map((property) => ({
        property,
        reason: `hcloud:${property} is not in the lab's stand-in of the hcloud plugin`,
      }));
    return {
      inputs: { ...news, ...(news.token !== undefined && { token: secret(news.token) }) },
      failures,
    };
  }

  async diffConfig(): Promise<DiffAnswer> {
    return { changes: "DIFF_UNKNOWN" };
  }

  async configure(args: Properties): Promise<void> {
    this.client = clientOf(args, process.env);
  }

  resource(type: string): ResourceType {
    const found = this.types.get(type);
    if (found) return found;
    throw unimplemented(`${type} is not in the lab's stand-in of the hcloud plugin (lab/plugins/hcloud)`);
  }
}
