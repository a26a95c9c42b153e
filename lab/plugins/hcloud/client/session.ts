import { Properties } from "../../values";
import { exponential } from "./backoff";
import { Client } from "./client";
import { ActionError, hasCode } from "./errors";

interface Action {
  id: number;
  status: "running" | "success" | "error";
  error: { code: string; message: string } | null;
}

/** Tries of what the provider itself repeats; the pauses are 1, 2, 4 … s. */
export const TRIES = 5;

/** The API for as long as one call of the engine lasts. */
export class Session {
  constructor(
    private readonly client: Client,
    private readonly signal: AbortSignal,
  ) {}

  get = (path: string) => this.client.call(this.signal, "GET", path);
  post = (path: string, body?: object) => this.client.call(this.signal, "POST", path, body);
  put = (path: string, body: object) => this.client.call(this.signal, "PUT", path, body);
  delete = (path: string) => this.client.call(this.signal, "DELETE", path);

  /** One object; undefined where there is none of this id. @param kind the member of the answer that has it */
  async find(path: string, kind: string): Promise<Properties | undefined> {
    try {
      return (await this.get(path))[kind];
    } catch (error) {
      if (hasCode(error, "not_found")) return undefined;
      throw error;
    }
  }

  /** Asks for an action and waits for its end. @throws ActionError */
  async act(path: string, body?: object): Promise<void> {
    await this.settle(await this.post(path, body));
  }

  /** Waits for the actions of an answer, one after the other as they come in it. @throws ActionError */
  async settle(answer: Properties): Promise<void> {
    const { action, actions = [], next_actions = [] } = answer;
    for (const one of [...(action ? [action] : []), ...actions, ...next_actions]) await this.end(one);
  }

  private async end(action: Action): Promise<void> {
    for (let retries = 0; action.status === "running"; retries++) {
      await this.client.pause(this.client.poll(retries), this.signal);
      const query = `id=${action.id}&page=1&per_page=50&sort=status&sort=id`;
      const { actions } = await this.get(`/actions?${query}`);
      if (actions.length !== 1) throw new Error(`actions not found: [${action.id}]`);
      action = actions[0];
    }
    if (action.status === "error") throw new ActionError(action);
  }

  /**
   * Repeats what the provider repeats by itself, on top of the client's own repetitions.
   * @param passes whether an error may pass; any other is thrown at once
   */
  async persist<T>(tries: number, passes: (error: unknown) => boolean, work: () => Promise<T>): Promise<T> {
    const backoff = exponential(1_000);
    for (let tried = 1; ; tried++) {
      try {
        return await work();
      } catch (error) {
        if (tried === tries || this.signal.aborted || !passes(error)) throw error;
        await this.client.pause(backoff(tried - 1), this.signal);
      }
    }
  }
}
