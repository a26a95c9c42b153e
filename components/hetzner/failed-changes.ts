import * as pulumi from "@pulumi/pulumi";
import { HetznerApi, switchOn } from "../../provider/hetzner";
import { HetznerAccount } from "./account";
import { known } from "../known";

/**
 * Switches a server on again when a change of it fails: hcloud's plugin switches it off to change its type or its
 * addresses, and leaves it so if Hetzner refuses. Nothing that depends on the server runs any more then.
 * @returns options for every server
 */
export function afterFailedChange(account: HetznerAccount): pulumi.CustomResourceOptions {
  const hook = new pulumi.ErrorHook("switch-on-after-failed-change", switchOnAgain(account));
  // Not as `hooks`: mergeOptions, which the classes of @pulumi/hcloud use as well, forgets error hooks.
  const bind: pulumi.ResourceTransformation = ({ props, opts }) => ({
    props,
    opts: { ...opts, hooks: { ...opts.hooks, onError: [hook] } },
  });
  return { transformations: [bind] };
}

/** What the hook does. It never asks for a second try: what was refused is refused again. */
export function switchOnAgain({ token, endpoint }: HetznerAccount): pulumi.ErrorHookFunction {
  return async ({ failedOperation, id, name }) => {
    if (failedOperation !== "update") return false;
    try {
      const api = new HetznerApi({ token: await known(token), endpoint });
      if (await switchOn(api, id)) {
        await pulumi.log.info(`${name}: its server could not be changed, was off for that, and is on again`);
      }
    } catch (error) {
      const { message } = error as Error;
      await pulumi.log.warn(`${name}: its server could not be changed, and may still be off. ${message}`);
    }
    return false;
  };
}
