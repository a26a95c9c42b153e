import { SystemInputs } from "../declarations/nixos";
import { systemChanges } from "../nixos/changes";
import { disturbsPods, partsNodes, upgradesKubernetes } from "../nixos/disturbance";
import { secretChanges } from "../nixos/secret-changes";
import { summaryOf } from "./rollback";

/** What the change does to the machine's pods, and to the order of machines. */
export function effects(before: SystemInputs, inputs: SystemInputs, running: string) {
  if (running === inputs.storePath) return { disturbs: [], masterFirst: false };
  const [old, now] = [running === before.storePath ? summaryOf(before) : undefined, summaryOf(inputs)];
  if (!old || !now) return { disturbs: ["what it restarts is not known"], masterFirst: false };
  const changes = systemChanges(old, now);
  return { disturbs: disturbsPods(old, now, changes), masterFirst: upgradesKubernetes(old, now) };
}

/** Why machines that have changed would not hear those that have not, so that nobody waits for anybody. */
export function parts(before: SystemInputs, inputs: SystemInputs): string[] {
  const [old, now] = [summaryOf(before), summaryOf(inputs)];
  const units = old && now && old !== now ? systemChanges(old, now).units : undefined;
  const place = ({ address, rollout }: SystemInputs) => [address, rollout?.server, rollout?.masterAddress];
  const moves = before.rollout
    ? place(before).join() !== place(inputs).join()
    : before.address !== inputs.address;
  return partsNodes(units, secretChanges(before, inputs).changed, moves);
}
