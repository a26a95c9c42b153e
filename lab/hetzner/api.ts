import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ActionRunner } from "./action-runner";
import { actionRoutes } from "./action-routes";
import { ActionRecord } from "./actions";
import { ApiAnswer } from "./answer";
import { ApiError, notModelled } from "./api-error";
import { imageRoutes } from "./catalogue/images";
import { locationRoutes } from "./catalogue/locations";
import { priceRoutes } from "./catalogue/prices";
import { serverTypeRoutes } from "./catalogue/server-types";
import { Cloud } from "./cloud";
import { FaultBook, RequestFault } from "./faults";
import { Fencing } from "./firewalls/fencing";
import { firewallRoutes } from "./firewalls/routes";
import { goneRoutes } from "./gone-routes";
import { networkRoutes } from "./networks/routes";
import { otherRoutes } from "./others/routes";
import { placementGroupRoutes } from "./placement-groups";
import { primaryIpRoutes } from "./primary-ips/routes";
import { RateLimit } from "./rate-limit";
import { RequestLog } from "./request-log";
import { findRoute, Match, Route } from "./routes";
import { ServerHardware } from "./server-hardware";
import { serverActionRoutes } from "./servers/action-routes";
import { serverRoutes } from "./servers/routes";
import { observePower } from "./servers/observe";
import { sshKeyRoutes } from "./ssh-keys";
import { Store } from "./store";
import { isUnmodelled } from "./unmodelled";

export const ROUTES: Route[] = [
  ...serverTypeRoutes,
  ...locationRoutes,
  ...imageRoutes,
  ...priceRoutes,
  ...sshKeyRoutes,
  ...networkRoutes,
  ...firewallRoutes,
  ...placementGroupRoutes,
  ...primaryIpRoutes,
  ...serverRoutes,
  ...serverActionRoutes,
  ...otherRoutes,
  ...actionRoutes,
  ...goneRoutes,
];

/** A request as it came over HTTP. */
export interface WireRequest {
  method: string;
  /** Below /v1, with the query. */
  path: string;
  /** The Authorization header. */
  authorization?: string;
  body: string;
}

export interface WireAnswer extends ApiAnswer {
  headers: Record<string, string>;
}

export interface ApiOptions {
  store: Store;
  hardware: ServerHardware;
  /** The only one that is let in; any of 64 characters without it. */
  token?: string;
  now?: () => Date;
  /** Factor for how long actions take; 0 in tests. */
  pace?: number;
  /** Makes the id of an answer, which clients show with errors; undefined: none, as in old recordings. */
  correlation?: () => string | undefined;
}

/** The API of one project: requests in, answers out, and the actions in between. */
export class Api {
  readonly cloud: Cloud;
  readonly faults: FaultBook;
  readonly log = new RequestLog();
  private readonly fencing: Fencing;
  private readonly runner: ActionRunner;
  private readonly rateLimit: RateLimit;
  private begun: ActionRecord[] = [];

  constructor(private readonly options: ApiOptions) {
    const { store, hardware, now = () => new Date(), pace = 1 } = options;
    this.faults = new FaultBook(store.file("faults.json"));
    this.cloud = {
      state: store.read(),
      hardware,
      now,
      start: (action) => this.begun.push(action),
    };
    this.rateLimit = new RateLimit(now);
    this.fencing = new Fencing(this.cloud);
    this.runner = new ActionRunner(this.cloud, this.faults, pace, {
      worked: () => this.fencing.catchUp(),
      ended: () => this.save(),
    });
  }

  /** Goes on where a former process stopped: with the rules that were in force, then with the actions that ran. */
  async open(): Promise<void> {
    await this.fencing.catchUp();
    this.runner.resume();
  }

  /** Answers a request; undefined when a fault wants the connection cut. */
  async answer(request: WireRequest): Promise<WireAnswer | undefined> {
    const answer = await this.unlogged(request);
    const { method, path } = request;
    this.log.add({ at: this.cloud.now().toISOString(), method, path, status: answer?.status ?? 0 });
    return answer;
  }

  /** Waits until no action runs any more. */
  idle(): Promise<void> {
    return this.runner.idle();
  }

  save(): void {
    this.options.store.write(this.cloud.state);
  }

  private async unlogged(request: WireRequest): Promise<WireAnswer | undefined> {
    const url = new URL(request.path, "http://api");
    const match = findRoute(ROUTES, request.method, url.pathname);
    const settings = this.faults.read().rateLimit;
    let fault: RequestFault | undefined;
    let answer: ApiAnswer;
    try {
      const unmodelled = !match.route && isUnmodelled(request.method, url.pathname);
      if (!match.known && !unmodelled) throw new ApiError("not_found", "resource not found"); // even for strangers, as live
      this.authenticate(request.authorization);
      this.rateLimit.take(settings);
      if (unmodelled) throw notModelled(`${request.method} ${url.pathname}`);
      if (this.cloud.state.readOnly && request.method !== "GET")
        throw new ApiError("token_readonly", "token is only allowed to perform GET requests");
      fault = this.faults.drawRequest(request.method, url.pathname, request.body);
      if (fault?.delay) await sleep(fault.delay);
      if (fault && !fault.afterwards) failBy(fault);
      await observePower(this.cloud);
      answer = await this.handle(match, request, url);
      if (fault?.afterwards) failBy(fault);
    } catch (error) {
      if (error instanceof CutConnection) return undefined;
      if (!(error instanceof ApiError)) throw error;
      answer = { status: error.status, body: error.body };
    }
    const headers = this.rateLimit.headers(settings, fault?.reset);
    const { correlation = () => randomBytes(8).toString("hex") } = this.options;
    const id = correlation();
    return { ...answer, headers: { ...headers, ...(id === undefined ? {} : { "X-Correlation-Id": id }) } };
  }

  /** @throws ApiError in the words of the live API */
  private authenticate(authorization: string | undefined): void {
    const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    if (!token) throw new ApiError("unauthorized", "token is required");
    if (this.options.token === undefined ? token.length !== 64 : token !== this.options.token)
      throw new ApiError("unauthorized", "the token you have provided is invalid");
  }

  /**
   * Lets the route's handler work; when it refuses, the state is as it was before. What it changed at once in the
   * servers' firewalls is in force when this returns.
   */
  private async handle(match: Match, request: WireRequest, url: URL): Promise<ApiAnswer> {
    const { route, ids } = match;
    if (!route) throw new ApiError("method_not_allowed", "method not allowed");
    const query = url.searchParams;
    if (request.method === "GET")
      return route.handle(this.cloud, { ...request, path: url.pathname, query, ids, body: {} });
    const body = parseBody(request.body);
    const before = structuredClone(this.cloud.state);
    this.begun = [];
    let answer: ApiAnswer;
    try {
      answer = route.handle(this.cloud, { ...request, path: url.pathname, query, ids, body });
      this.save();
    } catch (error) {
      Object.assign(this.cloud.state, before);
      throw error;
    }
    for (const action of this.begun) this.runner.start(action.id);
    await this.fencing.catchUp();
    return answer;
  }
}

/** A fault wants the connection cut. */
class CutConnection extends Error {}

function failBy(fault: RequestFault): void {
  if (fault.drop) throw new CutConnection();
  if (fault.error) throw new ApiError(fault.error, fault.message ?? `${fault.error} (a fault on demand)`);
}

function parseBody(body: string): Record<string, unknown> {
  if (body === "") return {};
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new ApiError("json_error", "invalid JSON in request body");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new ApiError("json_error", "the request body must be a JSON object");
  return json as Record<string, unknown>;
}
