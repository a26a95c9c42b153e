/** Servers that a spread placement group takes (Hetzner's limit). */
const GROUP_SIZE = 10;

/** The names of the groups that this many servers need, in their order. */
export function placementGroups(servers: number): string[] {
  return Array.from({ length: Math.ceil(servers / GROUP_SIZE) }, (_, index) => groupName(index));
}

/** The group of the server at a place of the inventory, from 0: a host that is added at the end moves nobody. */
export const placementGroupOf = (index: number): string => groupName(Math.floor(index / GROUP_SIZE));

const groupName = (index: number) => `spread-${index + 1}`;
