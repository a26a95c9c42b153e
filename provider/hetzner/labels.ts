/** Every object of a stack has it; its value is the stack's identity. */
export const STACK_LABEL = "kluster-stack";
/** What belongs to one host has it too; its value is the host's name. */
export const HOST_LABEL = "kluster-host";

export type Labels = Record<string, string>;

/** As `label_selector` takes it: objects that have all of these. */
export function selectorOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

/** Whether an object has all of these labels. */
export function isLabelled(object: { labels?: Labels | null }, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => object.labels?.[name] === value);
}
