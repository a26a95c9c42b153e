import { type Fault } from "./list";

/**
 * Kubernetes' rules for keys and values of labels and taints: IsQualifiedName, IsValidLabelValue and IsDNS1123Subdomain of
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go, in words in
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set.
 */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const NAME_LENGTH = 63;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const DOMAIN_LENGTH = 253;

const NAME_RULE = `letters, digits, "-", "_" and ".", 1 to ${NAME_LENGTH} of them, a letter or digit first and last`;
export const KEY_RULE = `${NAME_RULE}; before it may stand a domain of yours in lower case and "/", such as example.org/disk`;
export const VALUE_RULE = `nothing, or ${NAME_RULE}`;

const isName = (text: string) => text.length <= NAME_LENGTH && NAME.test(text);
const isDomain = (text: string) => text.length <= DOMAIN_LENGTH && DOMAIN.test(text);

/** What is wrong with the key of a label or a taint, as far as its letters go. */
export function keyFault(key: string): Fault | undefined {
  const [domain, name] = parts(key);
  const meant = [...(domain === undefined ? [] : [nearest(domain).toLowerCase()]), nearest(name)].join("/");
  const right = parts(meant).every((part, index) => part === undefined || (index ? isName : isDomain)(part));
  const fault = (what: string): Fault => ({ what, ...(right ? { meant } : {}) });
  if (domain !== undefined && name.includes("/")) return fault("more than one /");
  if (domain !== undefined && !isDomain(domain))
    return fault(`${JSON.stringify(domain)} before / is no domain`);
  if (name.length > NAME_LENGTH) return fault(`the name has ${name.length} letters`);
  if (!isName(name)) return fault("not a name that Kubernetes takes");
  return undefined;
}

/** What is wrong with the value of a label or a taint. */
export function valueFault(value: string): Fault | undefined {
  if (value === "" || isName(value)) return undefined;
  const meant = nearest(value);
  const what =
    value.length > NAME_LENGTH ? `a value of ${value.length} letters` : "not a value that Kubernetes takes";
  return { what, ...(isName(meant) ? { meant } : {}) };
}

/** A key's domain, where it has one, and its name. */
function parts(key: string): [string | undefined, string] {
  const slash = key.indexOf("/");
  return slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
}

/** What somebody meant who wrote blanks, or letters that are not allowed. */
const nearest = (text: string) =>
  text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");

/** Whether a domain is one of those that Kubernetes keeps for itself. */
const isReserved = (domain: string) => /(^|\.)(kubernetes|k8s)\.io$/.test(domain);

/**
 * Labels of Kubernetes' own domains that are a user's to set, by
 * https://kubernetes.io/docs/reference/labels-annotations-taints/: without a cloud provider nobody else sets the first three.
 */
export const OPEN_LABELS = [
  ...["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "node.kubernetes.io/instance-type"],
  "node.kubernetes.io/exclude-from-external-load-balancers",
];

/** By what Kubernetes calls them now. */
const FORMERLY: Record<string, string> = {
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

export const currentName = (key: string): string | undefined =>
  Object.hasOwn(FORMERLY, key) ? FORMERLY[key] : undefined;

/** Whose key it is, where it is Kubernetes' own: roles are for users to give, both as labels and as taints. */
export function ownerOf(key: string, kind: "label" | "taint"): string | undefined {
  const [domain = ""] = parts(key);
  if (!isReserved(domain) || domain === "node-role.kubernetes.io") return undefined;
  if (kind === "label") {
    if (OPEN_LABELS.includes(key)) return undefined;
    // Made for administrators: what no kubelet may put on its own node
    // (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction).
    if (/(^|\.)node-restriction\.kubernetes\.io$/.test(domain)) return undefined;
  }
  return domain;
}
