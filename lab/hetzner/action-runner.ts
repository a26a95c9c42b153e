import { setTimeout as sleep } from "node:timers/promises";
import { ActionRecord } from "./actions";
import { ApiError } from "./api-error";
import { Cloud, timestamp } from "./cloud";
import { durationOf } from "./durations";
import { ActionFault, FaultBook } from "./faults";
import { perform } from "./work";

/** Runs actions to their end, each after the one it waits for and after the time that its command takes. */
export class ActionRunner {
  private readonly running = new Map<number, Promise<void>>();

  /**
   * @param pace factor for how long actions take; 0 in tests
   * @param hooks `worked` is part of an action's work, `ended` is called when its outcome is in the state
   */
  constructor(
    private readonly cloud: Cloud,
    private readonly faults: FaultBook,
    private readonly pace: number,
    private readonly hooks: { worked(): Promise<void>; ended(): void },
  ) {}

  start(id: number): void {
    this.running.set(
      id,
      this.run(id).finally(() => this.running.delete(id)),
    );
  }

  /** Goes on with the actions that a former process left unfinished. */
  resume(): void {
    for (const { id, status } of this.cloud.state.actions) if (status === "running") this.start(id);
  }

  /** Waits until nothing runs any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  private async run(id: number): Promise<void> {
    const { command, after, work } = this.find(id);
    if (after !== null) await this.running.get(after);
    const fault = this.faults.drawAction(command);
    await sleep(durationOf(command) * this.pace + (fault?.delay ?? 0));
    const error = await this.attempt(after, fault, () => perform(this.cloud, work!));
    // Looked up again: a refused request may have put a copy of the state in place meanwhile.
    Object.assign(this.find(id), {
      status: error ? "error" : "success",
      error: error ?? null,
      finished: timestamp(this.cloud),
    });
    this.hooks.ended();
  }

  /** Does the work, or does not; returns why it failed. */
  private async attempt(
    after: number | null,
    fault: ActionFault | undefined,
    work: () => Promise<void>,
  ): Promise<ActionRecord["error"]> {
    try {
      const before = after === null ? undefined : this.find(after);
      if (before?.status === "error") throw new ApiError("action_failed", `${before.command} failed`);
      if (fault?.error) throw new ApiError(fault.error, fault.message ?? "Action failed");
      await work();
      await this.hooks.worked();
      return null;
    } catch (error) {
      const code = error instanceof ApiError ? error.code : "action_failed";
      return { code, message: (error as Error).message };
    }
  }

  private find(id: number): ActionRecord {
    return this.cloud.state.actions.find((action) => action.id === id)!;
  }
}
