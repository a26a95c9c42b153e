import { Turns } from "../../machine/turns";
import { Cloud } from "../cloud";
import { fencesOf } from "./fences";

/** Keeps the fences of the servers' machines as the state wants them, one change at a time. */
export class Fencing {
  /** What stands, as text; undefined when a former process may have left anything. */
  private standing: string | undefined;
  private readonly turns = new Turns();

  constructor(private readonly cloud: Cloud) {}

  /** Returns when what the state says now is in force; a call that failed is made up for by the next. */
  catchUp(): Promise<void> {
    return this.turns.take(async () => {
      const fences = fencesOf(this.cloud);
      const wanted = JSON.stringify(fences);
      if (wanted === this.standing) return;
      await this.cloud.hardware.fence(fences);
      this.standing = wanted;
    });
  }
}
