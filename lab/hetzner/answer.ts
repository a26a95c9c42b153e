/** A request as handlers see it. */
export interface ApiRequest {
  method: string;
  /** Below /v1, without the query. */
  path: string;
  query: URLSearchParams;
  /** Numbers in the path by their name in the route, in order: id, action_id. */
  ids: Record<string, number>;
  /** The parsed JSON object; {} where there was no body. */
  body: Record<string, unknown>;
}

export interface ApiAnswer {
  status: number;
  /** Undefined for 204. */
  body?: unknown;
}

export const ok = (body: unknown): ApiAnswer => ({ status: 200, body });
export const created = (body: unknown): ApiAnswer => ({ status: 201, body });
export const noContent: ApiAnswer = { status: 204 };
