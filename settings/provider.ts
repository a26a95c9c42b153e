import { DEFAULTS } from "./defaults";
import { HOST_KEYS, type ProviderKind, PROVIDERS, STACK_KEYS } from "./keys";
import { KINDS } from "./kinds";
import { type Section } from "./section";
import { suggestion } from "./suggestion";

/** Kinds of machines that are planned: whoever asks for one is told that it is not a slip of the pen. */
const PROVIDERS_TO_COME = ["existing"];

/**
 * The kind of machines that the stack asks for.
 * @returns undefined for a kind to come, so that nothing else about the machines is judged
 */
export function readProvider(stack: Section): ProviderKind | undefined {
  const written = stack.raw("provider");
  if (typeof written !== "string" || !PROVIDERS_TO_COME.includes(written)) {
    const word = typeof written === "string" ? suggestion(written, PROVIDERS) : undefined;
    const meant = PROVIDERS.find((kind) => kind === word);
    // A slip of the pen: the rest is checked as it will be with the right word.
    return stack.choice("provider", PROVIDERS, DEFAULTS.provider) ?? meant ?? DEFAULTS.provider;
  }
  stack.refuse("provider", {
    what: "machines of this kind can't be made yet",
    allowed: PROVIDERS.join(" or "),
    next: stack.propose("provider", [DEFAULTS.provider]),
  });
  return undefined;
}

/** Reports every key of the stack's configuration that does not exist, or belongs to another kind of machines. */
export function refuseStackKeys(stack: Section, provider: ProviderKind | undefined): void {
  refuseKeys(stack, "stack", STACK_KEYS, provider, (kind) => stack.set("provider", kind));
}

/** Likewise of a host in the inventory. */
export function refuseHostKeys(host: Section, provider: ProviderKind | undefined, stack: Section): void {
  refuseKeys(host, "host", HOST_KEYS, provider, (kind) => stack.set("provider", kind));
}

function refuseKeys(
  section: Section,
  place: "stack" | "host",
  all: readonly string[],
  provider: ProviderKind | undefined,
  choose: (kind: ProviderKind) => string,
): void {
  const owners = provider === undefined ? new Map<string, ProviderKind[]>() : foreignKeys(place, provider);
  section.onlyKnown(
    all.filter((key) => !owners.has(key)),
    [...owners.keys()],
  );
  for (const [key, kinds] of owners) {
    if (!section.has(key)) continue;
    section.refuse(key, {
      what: `it has no meaning with provider ${provider}`,
      allowed: `only with provider ${kinds.join(" or ")}`,
      next: `${section.remove(key)} (or ${kinds.map(choose).join(", or ")})`,
    });
  }
}

/** The keys that have no meaning with a kind of machines, and the kinds with which they have one. */
function foreignKeys(place: "stack" | "host", provider: ProviderKind): Map<string, ProviderKind[]> {
  const own: readonly string[] = KINDS[provider].keys[place];
  const owners = new Map<string, ProviderKind[]>();
  for (const kind of PROVIDERS) {
    for (const key of KINDS[kind].keys[place]) {
      if (!own.includes(key)) owners.set(key, [...(owners.get(key) ?? []), kind]);
    }
  }
  return owners;
}
