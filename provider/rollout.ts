import { Clock, systemClock } from "./clock";
import { Patience } from "./resource";

/** A machine in a rollout. */
export interface Member {
  name: string;
  isMaster: boolean;
  /** How many workers may be changing at once, the first one done; at least 1. */
  maxUnavailable: number;
  /** Whether the change is one that the master must have before the others: no kubelet may be newer than the API. */
  masterFirst?: boolean;
}

/** Where it is: what disturbs nobody is done before its turn comes, and all at once. */
export type Phase = "preparing" | "waiting" | "changing" | "done";

export type Standing = Pick<Member, "name" | "isMaster" | "masterFirst"> & { phase: Phase };

/**
 * Whose turn it is: one worker first, by name and alone; then as many as may be changing; the master last, alone; or first,
 * where it must be. Only those that take part are waited for.
 */
export function whoseTurn<Place extends Standing>(all: readonly Place[], maxUnavailable: number): Place[] {
  const open = all.filter(({ phase }) => phase !== "done").sort((a, b) => (a.name < b.name ? -1 : 1));
  const workers = open.filter(({ isMaster }) => !isMaster);
  const changing = open.filter(({ phase }) => phase === "changing");
  const waiting = (places: readonly Place[]) => places.filter(({ phase }) => phase === "waiting");
  const masters = open.filter(({ isMaster }) => isMaster);
  if (changing.some(({ isMaster }) => isMaster)) return [];
  if (workers.length === 0 || (masters.length > 0 && open.some(({ masterFirst }) => masterFirst)))
    return changing.length > 0 ? [] : waiting(masters).slice(0, 1);
  if (all.some(({ isMaster, phase }) => !isMaster && phase === "done"))
    return waiting(workers).slice(0, Math.max(0, maxUnavailable - changing.length));
  return changing.length > 0 ? [] : waiting(workers.slice(0, 1));
}

/** A machine that was left as it was because the change of another one has failed. */
export class LeftAlone extends Error {}

interface Place extends Standing {
  maxUnavailable: number;
  go: () => void;
  refuse: (error: Error) => void;
}

/** Milliseconds without a new member before a turn is given: Pulumi asks for all machines of a run within moments. */
const QUIET = 1_000;

/**
 * The order in which the machines of a run change. It is kept here and not in the graph of resources, where a machine would
 * wait for what it does not need, such as another one's build.
 *
 * It never waits for a machine that nobody has asked for: with `--target` or `--parallel` nobody may ever do.
 */
export class Rollout {
  private readonly places: Place[] = [];
  /** The first machine whose change has failed. */
  private failed?: string;
  private lastEntry = -Infinity;
  private lastEnd = -Infinity;
  private waking = false;

  constructor(
    private readonly clock: Clock = systemClock,
    private readonly quiet = QUIET,
  ) {}

  /**
   * Takes a machine along.
   * @param work does what it can at once, and waits for its turn before it makes the machine unavailable. Its failure ends
   *   the rollout: machines that wait then are left alone
   * @throws LeftAlone from the wait for the turn
   */
  async run<T>(
    member: Member,
    patience: Patience,
    work: (turn: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const nothing = () => {};
    const place: Place = { ...member, phase: "preparing", go: nothing, refuse: nothing };
    this.places.push(place);
    this.lastEntry = this.clock.now();
    try {
      const result = await work(() => this.turnOf(place, patience));
      // What has turned out to need no turn has shown nothing of the change either.
      if (place.phase === "changing") place.phase = "done";
      else this.leave(place);
      return result;
    } catch (error) {
      this.leave(place);
      if (!(error instanceof LeftAlone) && !patience.signal.aborted) this.failed ??= member.name;
      throw error;
    } finally {
      this.lastEnd = this.clock.now();
      this.settle();
    }
  }

  private async turnOf(place: Place, { signal, status }: Patience): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      const ended = () => signal.removeEventListener("abort", onAbort);
      place.go = () => (ended(), resolve());
      place.refuse = (error) => (ended(), reject(error));
      place.phase = "waiting";
      this.settle();
      const others = this.places.filter((other) => other !== place && other.phase !== "done");
      if (place.phase === "waiting" && others.length > 0)
        status(`waiting for its turn; not done yet: ${others.map(({ name }) => name).join(", ")}`);
    });
  }

  private leave(place: Place): void {
    const index = this.places.indexOf(place);
    if (index >= 0) this.places.splice(index, 1);
  }

  private settle(): void {
    const { failed, places } = this;
    if (failed !== undefined) {
      const waiting = places.filter(({ phase }) => phase === "waiting");
      return waiting.forEach(({ name, refuse }) => refuse(leftAlone(name, failed)));
    }
    const turns = whoseTurn(places, Math.min(...places.map(({ maxUnavailable }) => maxUnavailable)));
    // Pulumi asks for so many at a time: the end of one brings the next, before which the master is not the last.
    const last = turns.some(({ isMaster }) => isMaster)
      ? Math.max(this.lastEntry, this.lastEnd)
      : this.lastEntry;
    const early = last + this.quiet - this.clock.now();
    if (early > 0) return this.wakeIn(early);
    for (const place of turns) {
      place.phase = "changing";
      place.go();
    }
  }

  private wakeIn(milliseconds: number): void {
    if (this.waking) return;
    this.waking = true;
    void this.clock.sleep(milliseconds).then(() => {
      this.waking = false;
      this.settle();
    });
  }
}

const leftAlone = (name: string, failed: string) =>
  new LeftAlone(
    `${name} was left as it was: the change of ${failed} failed, see there. Correct that change or take it back; \`pulumi up\` then goes on with both`,
  );
