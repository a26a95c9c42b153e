import type { SystemChanges } from "./changes";
import { minorStep } from "../kubernetes/skew";
import { kubernetesOf, type Summary } from "./summary";

/**
 * Units without which pods do not run as they were, when what they are made of changes (docs/adr/0027 has the reasons, and
 * why others are not here). A restart for a secret alone is none: it changes no pod's container and no pod's network.
 */
const BENEATH_PODS = ["containerd.service", "flannel.service", "systemd-networkd.service"];

/** Without it the nodes do not hear each other where they speak through WireGuard (nix/wireguard.nix). */
const MESH = "wireguard-wg0.service";
const MESH_KEY = "wireguard-key";

type Units = SystemChanges["units"];

/** Why a change of the system disturbs the pods of the machine, so that they are to go first; nothing: they stay. */
export function disturbsPods(before: Summary, after: Summary, { units }: SystemChanges): string[] {
  const acts = [
    ...reasons(units.restart, "restarts"),
    ...reasons(units.stop, "stops"),
    ...reasons(units.reload, "is reloaded"),
  ];
  return [...acts, ...newMinor(before, after)];
}

const reasons = (units: readonly string[], verb: string) =>
  units.filter((unit) => BENEATH_PODS.includes(unit)).map((unit) => `${unit} ${verb}`);

const kubernetesStep = (before: Summary, after: Summary) =>
  minorStep({ before: kubernetesOf(before), after: kubernetesOf(after) });

/**
 * Whether Kubernetes comes to a higher minor version: no kubelet may be newer than the API server
 * (https://kubernetes.io/releases/version-skew-policy/), so the master has it first.
 */
export const upgradesKubernetes = (before: Summary, after: Summary): boolean =>
  kubernetesStep(before, after) > 0;

/** A kubelet of another minor version is not made to take over the pods of the one before (likewise). */
const newMinor = (before: Summary, after: Summary): string[] =>
  kubernetesStep(before, after) === 0 ? [] : [`Kubernetes ${kubernetesOf(before)} → ${kubernetesOf(after)}`];

/**
 * Why machines that have changed and machines that have not would not hear each other, so that all are to change at once;
 * nothing: they would.
 * @param units undefined where they are not known
 * @param secrets names of those that are placed anew
 */
export function partsNodes(units: Units | undefined, secrets: readonly string[], moves: boolean): string[] {
  const acts = units ? [...units.start, ...units.stop, ...units.restart] : [];
  return [
    ...(moves ? ["its address is another"] : []),
    ...(acts.includes(MESH) ? [`${MESH} is another`] : []),
    ...(secrets.includes(MESH_KEY) ? ["its WireGuard key is another"] : []),
  ];
}

/** Units of the master without which the API does not answer, of those that stop or restart. */
export const takesApiDown = (units: readonly string[]): string[] =>
  units.filter((unit) => ["etcd.service", "kube-apiserver.service"].includes(unit));
