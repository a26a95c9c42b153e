/** A stack that the lab has a stand-in for. */
export interface LabStack {
  name: string;
  /** The lab's folder in .kluster. */
  folder: string;
  /** The file with its machines, in the checkout. */
  inventory: string;
  /** What its machines come from. */
  provider: "virtualbox" | "hetzner";
}

export const labStacks: LabStack[] = [
  { name: "dev", folder: "lab", inventory: "hosts.toml", provider: "virtualbox" },
  { name: "hetzner", folder: "lab-hetzner", inventory: "hosts.hetzner.toml", provider: "hetzner" },
];

/**
 * The stack that a lab is for.
 * @param name as the environment variable STACK has it; dev without it
 * @throws Error when there is no stand-in for it
 */
export function labStack(name = "dev"): LabStack {
  const found = labStacks.find((stack) => stack.name === name);
  if (found) return found;
  const known = labStacks.map((stack) => stack.name).join(" and ");
  throw new Error(`STACK=${name}: the rehearsal lab has stand-ins for ${known}; set STACK to one of them`);
}
