import { join } from "node:path";
import { Evaluator } from "../nixos/evaluate";
import { Run } from "../process";
import { Resource } from "../resource";
import { Folders, Workshop } from "../workshop";
import { certificateAuthority } from "./certificate-authority";
import { clientCertificate } from "./client-certificate";
import { evaluation } from "./evaluation";
import { hostOnlyNetwork } from "./host-only-network";
import { installation } from "./installation";
import { joinToken } from "./join-token";
import { keyPair } from "./key-pair";
import { stackIdentity } from "./stack-identity";
import { system } from "./system";
import { virtualMachine, vmPower } from "./virtual-machine";

/** All resources of the provider, over one way to run other programs. */
export function resources(run: Run, folders: Folders): Resource<any, any>[] {
  const workshop = new Workshop(run, folders);
  const evaluator = new Evaluator(run, join(folders.project, "nix"), folders.cache);
  return [
    stackIdentity,
    keyPair,
    certificateAuthority,
    clientCertificate,
    joinToken,
    hostOnlyNetwork(workshop),
    virtualMachine(workshop),
    evaluation(evaluator),
    installation(workshop, vmPower(workshop)),
    system(workshop),
  ];
}
