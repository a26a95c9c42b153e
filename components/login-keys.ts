import * as pulumi from "@pulumi/pulumi";
import { KeyPair, LoginKeys } from "../provider/sdk";
import { logicalName } from "./logical-name";
import { Machine } from "./machine";

/** The keys of a machine's SSH, which come before all that logs in on it. */
export function loginKeys(
  { host, machine, operator }: { host: string; machine: Machine; operator: KeyPair },
  opts: pulumi.CustomResourceOptions,
): LoginKeys {
  const { publicKey, privateKey, followed } = machine.hostKeys;
  return new LoginKeys(
    logicalName({ host, role: "login-keys" }),
    {
      ...{ identity: machine.identity, machine: host, address: machine.address },
      ...{ hostKey: publicKey, hostPrivateKey: privateKey },
      ...{ privateKey: operator.privateKey, authorizedKey: operator.publicKey },
      earlier: {
        hostKeys: followed.apply((pairs) => pairs.map((pair) => pair.publicKey)),
        privateKeys: operator.followed.apply((pairs) => pairs.map((pair) => pair.privateKey)),
      },
    },
    { ...opts, deletedWith: machine.resource },
  );
}
