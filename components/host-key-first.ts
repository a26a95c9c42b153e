import * as pulumi from "@pulumi/pulumi";
import { KeyPair } from "../provider/sdk";
import { connect, Login, SshError } from "../provider/ssh";
import { known } from "./known";
import { Machine } from "./machine";

/** Milliseconds; whoever is slower is the command plugin's to wait for. */
const TIMEOUT = 15_000;
const DIAL_TIMEOUT = 3_000;

/**
 * Options of a command on a machine: one login of our own before it is run. The command plugin does not tell why it cannot
 * log in; it says "Dial 14/60 failed: retrying" for five minutes.
 */
export function hostKeyFirst(machine: Machine, operator: KeyPair): pulumi.CustomResourceOptions {
  const look = async () => {
    const [address, hostKey, privateKey] = await known(
      pulumi.all([machine.address, machine.hostKey, operator.privateKey]),
    );
    await refuseStrangers({ address, port: 22, user: "root", hostKey, privateKey });
  };
  return { hooks: { beforeCreate: [look], beforeUpdate: [look] } };
}

/**
 * Whatever else keeps from logging in may pass.
 * @throws SshError when another machine than the pinned one answers, or it does not take the key
 */
export async function refuseStrangers(login: Login): Promise<void> {
  try {
    (await connect(login, { timeout: TIMEOUT, dialTimeout: DIAL_TIMEOUT })).close();
  } catch (error) {
    if (error instanceof SshError && ["host-key", "authentication"].includes(error.reason)) throw error;
  }
}
