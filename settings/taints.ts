import { TAINT_EFFECTS } from "./keys";
import { type Fault, readList } from "./list";
import { KEY_RULE, keyFault, ownerOf, VALUE_RULE, valueFault } from "./qualified-name";
import { type Section } from "./section";
import { suggestion } from "./suggestion";

/** As kubeadm gives it to control planes: pods that do not ask for it are not placed there; those that are stay. */
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
export const CONTROL_PLANE_TAINT: Record<string, string> = { [`${CONTROL_PLANE}:NoSchedule`]: "" };

const ALLOWED =
  `KEY=VALUE:EFFECT or KEY:EFFECT, as kubectl taint has it, with ${TAINT_EFFECTS.join(", ")} for the effect, no key twice with ` +
  `the same. Keys: ${KEY_RULE}. Values: ${VALUE_RULE}`;
const EXAMPLE = "dedicated=database:NoSchedule";

/** Kubernetes tells taints of a node apart by key and effect (ValidateNode: "taints must be unique by key and effect pair"). */
export const taintName = (text: string): string => text.replace(/=[^:]*:/, ":");

/** As kubectl taint has it. */
export const taintText = (key: string, value: string, effect: string): string =>
  `${key}${value && `=${value}`}:${effect}`;

/**
 * Reads the taints that a host's node gets.
 * @param stack where the master's own is set
 * @returns values by key and effect
 */
export function readTaints(host: Section, stack: Section): Record<string, string> {
  const fault = (text: string) => taintFault(text, stack);
  const rule = { allowed: ALLOWED, example: [EXAMPLE], fault, identity: taintName, mayBeEmpty: true };
  const taints = readList(host, "taints", rule) ?? [];
  return Object.fromEntries(taints.map((text) => [taintName(text), /=([^:]*):/.exec(text)?.[1] ?? ""]));
}

function taintFault(text: string, stack: Section): Fault | undefined {
  const [, key, value = "", effect] = /^([^=:]*)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  if (key === undefined) return { what: "not of the form KEY=VALUE:EFFECT" };
  const right = rightEffect(effect);
  const keys = keyFault(key);
  const values = valueFault(value);
  const [rightKey, rightValue] = [keys ? keys.meant : key, values ? values.meant : value];
  const whole =
    rightKey === undefined || rightValue === undefined || right === undefined
      ? {}
      : { meant: taintText(rightKey, rightValue, right) };
  if (effect === undefined) return { what: "it has no effect", ...whole };
  if (right !== effect) return { what: `there is no effect ${JSON.stringify(effect)}`, ...whole };
  if (keys) return { ...whole, what: `its key: ${keys.what}` };
  if (values) return { ...whole, what: `its value: ${values.what}` };
  if (key === CONTROL_PLANE)
    return { what: `the master gets it by a setting: ${stack.set("allowSchedulingOnMaster", false)}` };
  const owner = ownerOf(key, "taint");
  return owner === undefined ? undefined : { what: `taints of ${owner} belong to Kubernetes` };
}

/** @param written undefined where nothing stands after the key and value */
function rightEffect(written: string | undefined): string | undefined {
  if (written === undefined) return TAINT_EFFECTS[0];
  return TAINT_EFFECTS.find((effect) => effect === written) ?? suggestion(written, TAINT_EFFECTS);
}
