import { join } from "node:path";
import { certificateClock } from "../clock";
import { Evaluator } from "../nixos/evaluate";
import { Derivation } from "../nixos/system";
import { systemsEvaluator } from "../nixos/summaries";
import { Projects } from "../hetzner";
import { Run } from "../process";
import { AnyResource } from "../resource";
import { Folders, MachineServices } from "../machine-services";
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
  const services = new MachineServices(run, folders);
  const nixFolder = join(folders.project, "nix");
  const evaluator = systemsEvaluator(run, nixFolder, folders.cache);
  const installers = new Evaluator<Derivation>(run, nixFolder, folders.cache, "kexec-installer.nix");
  const projects = new Projects();
  const clock = certificateClock(process.env);
  const snapshots = etcdSnapshots(services);
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
    hostOnlyNetwork(services),
    virtualMachine(services),
    evaluation(evaluator, services.summaries),
    takeover(services, installers),
    installation(services, vmPower(services)),
    loginKeys(services),
    snapshots.snapshot,
    trust(services),
    system(services),
    accessRules(services),
    trustInPods(services),
    removedApis(services),
    labelsAndTaints(services),
    ...retired,
  ];
  return [...all, attempt(all)];
}
