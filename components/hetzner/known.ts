import * as pulumi from "@pulumi/pulumi";

/** What an output holds. Only for a hook: it runs when everything that its resource needs is known. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}
