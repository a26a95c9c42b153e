import { refuseStep, Skew, warnOfStepBack } from "../kubernetes/skew";
import { unpacked } from "../nixos/history";
import { kubernetesOf } from "../nixos/summary";
import { Checked } from "../resource";
import { RollbackInputs, summaryOf } from "./rollback";

/**
 * That Kubernetes may go from what a machine runs to what it shall run, and be beside what others shall run.
 * @param before the inputs that the machine was brought to last
 */
export function judgeVersions(
  skew: Skew,
  inputs: RollbackInputs,
  before: RollbackInputs | undefined,
  warn: (message: string) => void,
): NonNullable<Checked["failures"]> {
  const past = before?.identity === inputs.identity ? before : undefined;
  const proved = past?.history?.[0];
  const change = {
    ...{ machine: inputs.machine, isMaster: inputs.isMaster ?? false },
    before: kubernetesOf(proved ? unpacked(proved) : past && summaryOf(past)),
    after: kubernetesOf(summaryOf(inputs)),
  };
  const warning = warnOfStepBack(change);
  const refused = refuseStep(change, inputs.rollback !== undefined);
  const reasons = [...(refused === undefined ? [] : [refused]), ...skew.tell(change)];
  if (warning && reasons.length === 0) warn(warning);
  return reasons.map((reason) => ({ property: "storePath", reason }));
}
