import { randomBytes } from "node:crypto";
import { Finished, RunOptions } from "../../../../provider/process";
import { failure, inLab, labOutput, stack } from "./lab";

/** What `pulumi stack output machines` says of a machine. */
export interface MachineOutput {
  address: string;
  /** Public host key, as in authorized_keys. */
  hostKey: string;
  roles: string[];
  /** Store path of the NixOS system that it runs. */
  system: string;
}

/** Runs the real CLI on the real program; fails the test, with all it said, when it fails. */
export async function pulumi(...args: string[]): Promise<string> {
  const command = ["pulumi", ...args, "--stack", stack];
  const finished = await inLab(command);
  if (finished.code !== 0) throw failure(command, finished);
  return finished.stdout + finished.stderr;
}

export const up = () => pulumi("up", "--yes");
export const destroy = () => pulumi("destroy", "--yes");
/** Sets a key of the stack's private configuration, as a user would. */
export const configure = (key: string, value: string, ...options: string[]) =>
  labOutput(["pulumi", "config", "set", ...options, "--stack", stack, key, value]);
export const previewFindsNothing = () => pulumi("preview", "--expect-no-changes");
export const refreshFindsNothing = () => pulumi("refresh", "--expect-no-changes", "--yes");

/** The lab passes on what it was started with, and these are for one command of it. */
export const variables = (env: Record<string, string>): string[] =>
  Object.keys(env).length === 0 ? [] : ["env", ...Object.entries(env).map(([name, is]) => `${name}=${is}`)];

/** `pulumi …` with an outcome that may be a failure. */
export const tryPulumi = (args: string[], options?: RunOptions): Promise<Finished> =>
  inLab(["pulumi", ...args, "--stack", stack], options);

export async function createStack(): Promise<void> {
  await labOutput(["pulumi", "stack", "select", "--create", stack]);
}

/** A token of Hetzner's form, which the stand-in takes; by standard input, as secrets go. */
export async function setToken(): Promise<void> {
  const token = randomBytes(32).toString("hex");
  await labOutput(["pulumi", "config", "set", "--stack", stack, "--secret", "hcloud:token"], {
    stdin: token,
  });
}

export async function machines(): Promise<Record<string, MachineOutput>> {
  return JSON.parse(await labOutput(["pulumi", "stack", "output", "machines", "--json", "--stack", stack]));
}

/** Every resource in the state, secrets as ciphertext. */
export async function deployment(): Promise<{ resources?: StateResource[] }> {
  return JSON.parse(await labOutput(["pulumi", "stack", "export", "--stack", stack])).deployment;
}

/** Whether the state has a resource, with whose type and name its URN ends. */
export async function inState(end: string): Promise<boolean> {
  return ((await deployment()).resources ?? []).some(({ urn }) => urn.endsWith(end));
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/**
 * What the steps of a preview or an update would do, by operation ("same" left out): `{ update: ["…System::il"] }`.
 * @param env further variables for it
 */
export async function plannedChanges(env: Record<string, string> = {}): Promise<Record<string, string[]>> {
  const command = ["pulumi", "preview", "--json", "--stack", stack];
  const digest = JSON.parse(await labOutput([...variables(env), ...command])) as {
    steps?: { op: string; urn: string }[];
  };
  const changes: Record<string, string[]> = {};
  for (const { op, urn } of digest.steps ?? []) {
    if (op !== "same") (changes[op] ??= []).push(urn.split("::").slice(-2).join("::"));
  }
  return changes;
}

/** An output of the stack as JSON. */
export const output = (name: string) =>
  labOutput(["pulumi", "stack", "output", name, "--json", "--stack", stack]);
