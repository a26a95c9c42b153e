import { takesApiDown } from "./disturbance";

/** What is away while these units restart, one sentence for each that anybody notices. */
export function awayWhile(restarted: readonly string[]): string[] {
  const away: string[] = [];
  if (takesApiDown(restarted).length > 0) away.push("the API is away for some seconds");
  // The containers are nobody's children but their own shims', and go on.
  if (restarted.some((unit) => /^(kubelet|containerd)\.service$/.test(unit)))
    away.push("the node starts no pods for some seconds, and those that run go on");
  return away;
}
