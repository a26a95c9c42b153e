import { Summary, summarize } from "./summary";
import { DescribedSystem, EvaluatedSystem } from "./system";

/**
 * What is in the systems that were evaluated in this run, by store path. It goes around the systems themselves, which say
 * by their store paths alone whether anything changes.
 */
export class Summaries {
  private readonly byPath = new Map<string, Summary>();

  /** @returns the systems without what is in them */
  takeFrom(systems: Record<string, DescribedSystem>): Record<string, EvaluatedSystem> {
    const taken = Object.entries(systems).map(([name, { summary, ...system }]) => {
      this.byPath.set(system.storePath, summarize(system.storePath, summary));
      return [name, system];
    });
    return Object.fromEntries(taken);
  }

  of(storePath: string): Summary | undefined {
    return this.byPath.get(storePath);
  }
}
