import { ProviderPlugin } from "../provider";
import { commandResource } from "./command";
import { checkLocal, checkRemote } from "./inputs";
import { runLocally } from "./local";
import { runRemotely } from "./remote";

/** What the official plugin was built with; it is kept with the provider in every state. */
const FRAMEWORK = { "__pulumi-go-provider-version": "1.2.0" };

const ANSWER = {
  acceptSecrets: true,
  acceptResources: true,
  acceptOutputs: true,
  supportsAutonamingConfiguration: false,
};

/** Stand-in of the command plugin: local.Command and remote.Command. */
export function commandPlugin(): ProviderPlugin {
  const types = new Map([
    ["command:local:Command", commandResource(checkLocal, runLocally)],
    ["command:remote:Command", commandResource(checkRemote, runRemotely)],
  ]);
  return {
    name: "command",
    version: "1.2.1",
    handshake: ANSWER,
    configured: { ...ANSWER, supportsPreview: true },
    checkConfig: async ({ news }) => ({ inputs: { ...news, ...FRAMEWORK } }),
    configure: async () => {},
    resource(type) {
      const resource = types.get(type);
      if (!resource) throw new Error(`the lab's stand-in of the command plugin does not have ${type}`);
      return resource;
    },
  };
}
