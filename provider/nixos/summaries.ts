import { Evaluator } from "./evaluate";
import { Run } from "../process";
import { Summary, SUMMARY_VERSION, summarize } from "./summary";
import { DescribedSystem, EvaluatedSystem, SummarizedSystem } from "./system";

/** Evaluates the NixOS systems of all machines, and keeps of what is in them what they are compared by. */
export const systemsEvaluator = (run: Run, nixFolder: string, cacheFolder: string) =>
  new Evaluator<SummarizedSystem>(run, nixFolder, cacheFolder, "default.nix", {
    version: SUMMARY_VERSION,
    keep: (printed) => {
      const system = printed as DescribedSystem;
      return { ...system, summary: summarize(system.storePath, system.summary) };
    },
  });

/**
 * What is in the systems that were evaluated in this run, by store path. It goes around the systems themselves, which say
 * by their store paths alone whether anything changes.
 */
export class Summaries {
  private readonly byPath = new Map<string, Summary>();

  /** @returns the systems without what is in them */
  takeFrom(systems: Record<string, SummarizedSystem>): Record<string, EvaluatedSystem> {
    const taken = Object.entries(systems).map(([name, { summary, ...system }]) => {
      this.byPath.set(system.storePath, summary);
      return [name, system] as const;
    });
    return Object.fromEntries(taken);
  }

  of(storePath: string): Summary | undefined {
    return this.byPath.get(storePath);
  }
}
