/** The three lists of a kubeconfig (v1), and what each calls the thing that its entries name. */
export const LISTS = { clusters: "cluster", users: "user", contexts: "context" } as const;
export type List = keyof typeof LISTS;

/** An entry of one of the lists. */
export type Entry = { name: string } & Record<string, unknown>;
export type Entries = Record<List, Entry>;

/** What says of an entry that it was put there by us; kubectl keeps it (extensions are a part of the format). */
const EXTENSION = "kluster";

/** The names that a stack's entries have; another stack's never are the same. */
export const namesOf = (stack: string): Record<List, string> => ({
  clusters: `kluster-${stack}`,
  users: `kluster-${stack}-admin`,
  contexts: `kluster-${stack}`,
});

/**
 * The entries of a stack, from the kubeconfig that is its output, by the names that the stack has now: a stack that was
 * renamed keeps its first name in that.
 * @throws Error when that is no kubeconfig of ours; never repeats what it is
 */
export function entriesOf(stack: string, kubeconfig: string): Entries {
  const names = namesOf(stack);
  const { cluster, user } = readOutput(kubeconfig);
  const mark = () => ({ extensions: [{ name: EXTENSION, extension: { stack } }] });
  return {
    clusters: { name: names.clusters, cluster: { ...cluster, ...mark() } },
    users: { name: names.users, user: { ...user, ...mark() } },
    contexts: {
      name: names.contexts,
      context: { cluster: names.clusters, user: names.users, ...mark() },
    },
  };
}

function readOutput(kubeconfig: string): { cluster: object; user: object } {
  try {
    const { clusters, users } = JSON.parse(kubeconfig) as {
      clusters: { cluster: object }[];
      users: { user: object }[];
    };
    return { cluster: clusters[0].cluster, user: users[0].user };
  } catch {
    throw new Error("the stack's output kubeconfig is no kubeconfig of kluster's; run pulumi up");
  }
}

/** Whether an entry that is there was put there by us for some stack. */
export function isOurs(list: List, entry: Entry): boolean {
  const content = entry[LISTS[list]] as { extensions?: unknown } | null | undefined;
  return (
    Array.isArray(content?.extensions) &&
    content.extensions.some((one: unknown) => (one as { name?: unknown } | null)?.name === EXTENSION)
  );
}

/** A whole kubeconfig of the entries alone. */
export const wholeKubeconfig = (entries: Entries) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [entries.clusters],
  users: [entries.users],
  contexts: [entries.contexts],
  "current-context": entries.contexts.name,
});
