import { isDeepStrictEqual } from "node:util";
import { Properties } from "../values";
import { CheckTogether } from "./bridge/check";
import { Session } from "./client/session";
import { Fields } from "./fields";

/** A kind of object at Hetzner, as the provider knows it. Properties have Pulumi's names; `id` is beside them. */
export interface Kind {
  /** Pulumi's type token. */
  token: string;
  /** Which of Terraform's two libraries the provider has it in; the bridges over them answer differently. */
  library: "sdk" | "framework";
  fields: Fields;
  together?: CheckTogether;
  /** Terraform has a number for its id. */
  numericId?: true;
  /** Seconds for a creation, where the provider sets a limit of its own. */
  createTimeout?: number;

  /**
   * Makes one.
   * @param made is told the id as soon as the object is there: what fails from then on leaves it in the state
   */
  create(api: Session, planned: Properties, made: (id: string) => void): Promise<void>;
  /** What the API says of it; what it does not say is left out. undefined: it is gone. */
  read(api: Session, id: string, state: Properties): Promise<Properties | undefined>;
  /** Changes one in place. A kind without it has nothing that could be changed so. */
  update?(api: Session, id: string, state: Properties, planned: Properties): Promise<void>;
  delete(api: Session, id: string, state: Properties): Promise<void>;
}

/** Whether a plan changes a property. */
export const changes = (state: Properties, planned: Properties, ...names: string[]): boolean =>
  names.some((name) => !isDeepStrictEqual(state[name] ?? null, planned[name] ?? null));
