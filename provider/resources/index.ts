import { join } from "node:path";
import { certificateClock } from "../clock";
import { Evaluator } from "../nixos/evaluate";
import { Derivation } from "../nixos/system";
import { systemsEvaluator } from "../nixos/summaries";
import { Projects } from "../hetzner";
import { Run } from "../process";
import { AnyResource } from "../resource";
import { Folders, Workshop } from "../workshop";
import { accessRules } from "./access-rules";
import { attempt } from "./attempt";
import { certificateAuthority } from "./certificate-authority";
import { certificates } from "./certificates";
import { clientCertificate } from "./client-certificate";
import { encryptionKey } from "./encryption-key";
import { etcdSnapshots } from "./etcd-snapshots";
import { evaluation } from "./evaluation";
import { hetznerCleanup } from "./hetzner-cleanup";
import { hostOnlyNetwork } from "./host-only-network";
import { hosts } from "./hosts";
import { installation } from "./installation";
import { keyPair } from "./key-pair";
import { labelsAndTaints } from "./labels-and-taints";
import { loginKeys } from "./login-keys";
import { removedApis } from "./removed-apis";
import { retired } from "./retired";
import { serverChoice } from "./server-choice";
import { serverPower } from "./server-power";
import { serviceAccountKey } from "./service-account-key";
import { stackIdentity } from "./stack-identity";
import { system } from "./system";
import { takeover } from "./takeover";
import { trust } from "./trust";
import { trustInPods } from "./trust-in-pods";
import { virtualMachine, vmPower } from "./virtual-machine";
import { wireGuardKey } from "./wireguard-key";

/** All resources of the provider, over one way to run other programs. */
export function resources(run: Run, folders: Folders): AnyResource[] {
  const workshop = new Workshop(run, folders);
  const nixFolder = join(folders.project, "nix");
  const evaluator = systemsEvaluator(run, nixFolder, folders.cache);
  const installers = new Evaluator<Derivation>(run, nixFolder, folders.cache, "kexec-installer.nix");
  const projects = new Projects();
  const clock = certificateClock(process.env);
  const snapshots = etcdSnapshots(workshop);
  const all = [
    stackIdentity,
    hosts,
    keyPair,
    certificateAuthority(clock),
    clientCertificate(clock),
    certificates(clock),
    serviceAccountKey(clock),
    encryptionKey,
    wireGuardKey,
    snapshots.key,
    serverChoice(projects),
    serverPower(projects),
    hetznerCleanup(projects),
    hostOnlyNetwork(workshop),
    virtualMachine(workshop),
    evaluation(evaluator, workshop.summaries),
    takeover(workshop, installers),
    installation(workshop, vmPower(workshop)),
    loginKeys(workshop),
    snapshots.snapshot,
    trust(workshop),
    system(workshop),
    accessRules(workshop),
    trustInPods(workshop),
    removedApis(workshop),
    labelsAndTaints(workshop),
    ...retired,
  ];
  return [...all, attempt(all)];
}
