import { ActionRecord } from "./actions";
import { ServerHardware } from "./server-hardware";
import { State } from "./state";

/** What handlers and actions work with. */
export interface Cloud {
  readonly state: State;
  readonly hardware: ServerHardware;
  now(): Date;
  /** Lets a new action run once the request that began it has been answered; its outcome shows in the state. */
  start(action: ActionRecord): void;
}

/** An id that no object has had before. */
export const newId = (cloud: Cloud): number => cloud.state.nextId++;

/** A point in time as the API writes it: to the second. */
export const timestamp = (cloud: Cloud): string => `${cloud.now().toISOString().slice(0, 19)}Z`;
