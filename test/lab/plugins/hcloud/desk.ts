import { plugins } from "./plugins";
import type { Json, Method } from "./recordings";
import { Stage } from "./stage";
import type { Answer } from "./wire";

/**
 * The stand-in alone, for what no recording has. It follows the provider's documentation, and its source where that says
 * nothing.
 */
export class Desk extends Stage {
  override open(): Promise<void> {
    return super.open(plugins[0]);
  }

  /** One call about an object of a kind such as "Server". */
  call = (method: Method, kind: string, request: Json): Promise<Answer> => {
    const type = `hcloud:index/${kind[0].toLowerCase()}${kind.slice(1)}:${kind}`;
    return this.wire.call(method, { urn: `urn:pulumi:test::beyond::${type}::one`, type, ...request });
  };

  /** One that has to work. */
  must = async (method: Method, kind: string, request: Json): Promise<Json> => {
    const { response, errors } = await this.call(method, kind, request);
    if (!response) throw new Error(errors!.join());
    return response;
  };

  create = (kind: string, properties: Json): Promise<Json> => this.must("Create", kind, { properties });

  primaryIp = (type: string): Promise<Json> =>
    this.create("PrimaryIp", { name: `il-${type}`, type, location: "fsn1", autoDelete: false });
}

/** What a call failed with, without gRPC's own words; undefined where it did not. */
export const failed = async (answer: Answer | Promise<Answer>): Promise<string | undefined> =>
  (await answer).errors?.[0].replace("rpc error: code = Unknown desc = ", "");

/** Inputs of a server. */
export const SERVER = {
  name: "il",
  serverType: "cpx22",
  location: "fsn1",
  image: "debian-13",
  publicNets: [{ ipv4Enabled: true, ipv6Enabled: true }],
};
