import { join } from "node:path";
import { Evaluator } from "../nixos/evaluate";
import { Derivation } from "../nixos/system";
import { Projects } from "../hetzner";
import { Run } from "../process";
import { Resource } from "../resource";
import { Folders, Workshop } from "../workshop";
import { attempt } from "./attempt";
import { certificateAuthority } from "./certificate-authority";
import { clientCertificate } from "./client-certificate";
import { evaluation } from "./evaluation";
import { hetznerCleanup } from "./hetzner-cleanup";
import { hostOnlyNetwork } from "./host-only-network";
import { hosts } from "./hosts";
import { installation } from "./installation";
import { joinToken } from "./join-token";
import { keyPair } from "./key-pair";
import { serverChoice } from "./server-choice";
import { serverPower } from "./server-power";
import { stackIdentity } from "./stack-identity";
import { system } from "./system";
import { takeover } from "./takeover";
import { virtualMachine, vmPower } from "./virtual-machine";
import { wireGuardKey } from "./wireguard-key";

/** All resources of the provider, over one way to run other programs. */
export function resources(run: Run, folders: Folders): Resource<any, any>[] {
  const workshop = new Workshop(run, folders);
  const nixFolder = join(folders.project, "nix");
  const evaluator = new Evaluator(run, nixFolder, folders.cache);
  const installers = new Evaluator<Derivation>(run, nixFolder, folders.cache, "kexec-installer.nix");
  const projects = new Projects();
  const all = [
    stackIdentity,
    hosts,
    keyPair,
    certificateAuthority,
    clientCertificate,
    joinToken,
    wireGuardKey,
    serverChoice(projects),
    serverPower(projects),
    hetznerCleanup(projects),
    hostOnlyNetwork(workshop),
    virtualMachine(workshop),
    evaluation(evaluator),
    takeover(workshop, installers),
    installation(workshop, vmPower(workshop)),
    system(workshop),
  ];
  return [...all, attempt(all)];
}
