import * as pulumi from "@pulumi/pulumi";

/** How this stack speaks to Hetzner Cloud: what the hcloud plugin is configured with, for what is not done by it. */
export interface HetznerAccount {
  /** Secret. */
  token: pulumi.Output<string>;
  /** Another address of the API than Hetzner's own. */
  endpoint?: string;
}

/** Characters of every API token; the hcloud plugin refuses others, too, but only when it makes its first object. */
const TOKEN_LENGTH = 64;

/**
 * The account of the stack's configuration, as the hcloud plugin takes it: `hcloud:token` and `hcloud:endpoint`, or the
 * environment's HCLOUD_TOKEN and HCLOUD_ENDPOINT.
 * @throws pulumi.RunError that says how to set a token; never repeats one
 */
export function hetznerAccount(): HetznerAccount {
  const config = new pulumi.Config("hcloud");
  const token = config.getSecret("token") ?? environmentToken();
  if (!token) throw new pulumi.RunError(`hcloud:token is missing. ${next()}`);
  const checked = token.apply((text) => {
    if (text.length === TOKEN_LENGTH) return text;
    throw new pulumi.RunError(
      `hcloud:token has ${text.length} characters, and an API token of Hetzner Cloud has ${TOKEN_LENGTH}. ${next()}`,
    );
  });
  return { token: checked, endpoint: config.get("endpoint") ?? process.env.HCLOUD_ENDPOINT };
}

function environmentToken(): pulumi.Output<string> | undefined {
  const { HCLOUD_TOKEN } = process.env;
  return HCLOUD_TOKEN ? pulumi.secret(HCLOUD_TOKEN) : undefined;
}

const next = () =>
  `Make a token with the right to read and write in the project's Security settings (Hetzner Console), then: pulumi config set --stack ${pulumi.getStack()} --secret hcloud:token`;
