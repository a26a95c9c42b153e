/** What a check has found. */
export interface Finding {
  /** Of the check; with "/" and the machine behind it where it is about one. */
  name: string;
  /** `unknown`: it could not be looked at, so nothing is said about it. */
  state: "well" | "warning" | "problem" | "unknown";
  /** What is so, as a sentence. */
  finding: string;
  /** What to do about it; absent where all is well. */
  remedy?: string;
}

/** What a check says; its name is added for it. */
export type Judgement = Omit<Finding, "name">;

/** One thing that is looked at, and judged by a function without side effects. */
export interface Check<Subject> {
  name: string;
  /** Undefined where there is nothing to look at, such as VirtualBox for servers in a cloud. */
  look: (subject: Subject) => Promise<Judgement | undefined>;
}

export const well = (finding: string): Judgement => ({ state: "well", finding });
export const problem = (finding: string, remedy: string): Judgement => ({
  state: "problem",
  finding,
  remedy,
});
export const warning = (finding: string, remedy: string): Judgement => ({
  state: "warning",
  finding,
  remedy,
});
export const unknown = (finding: string, remedy: string): Judgement => ({
  state: "unknown",
  finding,
  remedy,
});

/** Errors of ours end in the next step, as sentences of its own, and VBoxManage's as lines of its own. */
export function judgementOf(error: unknown, state: Judgement["state"] = "problem"): Judgement {
  const message = error instanceof Error ? error.message : String(error);
  const end = /\n|\. (?=[A-Z])/.exec(message);
  if (!end) return { state, finding: message, remedy: "Put that right, and run this again." };
  const finding = message.slice(0, end.index + (end[0] === "\n" ? 0 : 1));
  return { state, finding, remedy: message.slice(end.index + end[0].length).trim() };
}

/** Runs checks side by side; one that fails itself is a finding, too. The order is that of the checks. */
export async function examine<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
  of = "",
): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(async ({ name, look }) => {
      const judgement = await look(subject).catch((error: unknown) => judgementOf(error, "unknown"));
      return judgement && { name: name + (of ? `/${of}` : ""), ...judgement };
    }),
  );
  return found.filter((finding) => finding !== undefined);
}
