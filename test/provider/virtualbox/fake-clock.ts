import { Clock } from "../../../provider/clock";

/** A clock whose time passes only by sleeping, and which then passes at once. */
export class FakeClock implements Clock {
  time = 0;
  readonly pauses: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time += milliseconds;
    this.pauses.push(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
