import { ApiError } from "./api-error";
import { Cloud, newId, timestamp } from "./cloud";
import { Work } from "./work";

/** An action as kept in the state. */
export interface ActionRecord {
  id: number;
  command: string;
  status: "running" | "success" | "error";
  /** ISO times. */
  started: string;
  finished: string | null;
  resources: Resource[];
  error: { code: string; message: string } | null;
  /** What it does when its time has come; null where everything was done at once. */
  work: Work | null;
  /** Action that has to end well before this one begins. */
  after: number | null;
}

export interface Resource {
  type: string;
  id: number;
}

/** Begins an action that takes time: `work` is done later, and its resources are locked until then. */
export function begin(
  cloud: Cloud,
  command: string,
  resources: Resource[],
  work: Work,
  after: ActionRecord | null = null,
): ActionRecord {
  const action = record(cloud, command, resources, { status: "running", work, after: after?.id ?? null });
  cloud.start(action);
  return action;
}

/** Records an action whose effect is there already. */
export const done = (cloud: Cloud, command: string, resources: Resource[]): ActionRecord =>
  record(cloud, command, resources, { status: "success", finished: timestamp(cloud) });

function record(
  cloud: Cloud,
  command: string,
  resources: Resource[],
  rest: Partial<ActionRecord>,
): ActionRecord {
  const action: ActionRecord = {
    id: newId(cloud),
    command,
    status: "running",
    started: timestamp(cloud),
    finished: null,
    resources,
    error: null,
    work: null,
    after: null,
    ...rest,
  };
  cloud.state.actions.push(action);
  forgetOldest(cloud);
  return action;
}

/** Actions that are remembered; the oldest of those that have ended go first. */
const CAPACITY = 2000;

function forgetOldest({ state }: Cloud): void {
  if (state.actions.length <= CAPACITY) return;
  const oldest = state.actions.findIndex(({ status }) => status !== "running");
  if (oldest >= 0) state.actions.splice(oldest, 1);
}

/** Commands that leave a server open to others while they run. */
const LOCK_FREE = ["apply_firewall", "remove_firewall"];

/** Whether an action is changing this object. */
export const isLocked = (cloud: Cloud, type: string, id: number): boolean =>
  cloud.state.actions.some(
    (action) =>
      action.status === "running" &&
      !LOCK_FREE.includes(action.command) &&
      action.resources.some((resource) => resource.type === type && resource.id === id),
  );

/** @throws ApiError locked */
export function refuseLocked(cloud: Cloud, type: string, id: number): void {
  if (isLocked(cloud, type, id)) throw new ApiError("locked", `${type} is locked`);
}

/** An action as the API shows it. */
export const renderAction = (action: ActionRecord) => ({
  id: action.id,
  command: action.command,
  status: action.status,
  progress: action.status === "running" ? 0 : 100,
  started: action.started,
  finished: action.finished,
  resources: action.resources,
  error: action.error,
});
