import { Properties } from "../values";
import { declare } from "./declare";

export interface Target {
  type: string;
  inputs: Properties;
}

export interface AttemptArgs {
  /** Type and inputs of the resource that is going to be changed. */
  target: Target;
}

export interface AttemptInputs {
  /** In the state a hash of what a change would be made of. */
  target: Target | string;
  /** Of the target, what it is found by if its creation is killed. */
  traces?: Target;
}

export interface AttemptOutputs {
  /** Another one whenever the target is another one. */
  nonce: string;
}

export const ATTEMPT = declare<AttemptInputs, AttemptOutputs, AttemptArgs>({
  type: "kluster-provider:index:Attempt",
  outputs: { nonce: "plain" },
  secretInputs: ["target"], // even a hash tells something of a short secret
});
