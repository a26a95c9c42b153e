/** HTTP statuses of the API's error codes; codes of single operations that are missing here answer 422. */
const STATUS: Record<string, number> = {
  json_error: 400,
  unauthorized: 401,
  token_readonly: 401,
  forbidden: 403,
  maintenance: 403,
  resource_limit_exceeded: 403,
  not_found: 404,
  firewall_resource_not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  uniqueness_error: 409,
  deprecated_api_endpoint: 410,
  resource_unavailable: 412,
  locked: 423,
  protected: 423,
  rate_limit_exceeded: 429,
  server_error: 500,
  unsupported_error: 501,
  bad_gateway: 502,
  service_error: 503,
  unavailable: 503,
  timeout: 504,
};

/** The API refuses a request. Nothing of it is kept in the state. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: unknown = null,
  ) {
    super(message);
  }

  get status(): number {
    return STATUS[this.code] ?? 422;
  }

  get body(): object {
    return { error: { code: this.code, message: this.message, details: this.details } };
  }
}

export const notFound = (what: string, id: number | string) =>
  new ApiError("not_found", `${what} with ID '${id}' not found`);

/** `problems` maps fields to what is wrong with them; the first is in the message, as in the real API's. */
export function invalidInput(problems: Record<string, string>): ApiError {
  const [[name, problem]] = Object.entries(problems);
  const fields = Object.entries(problems).map(([field, message]) => ({ name: field, messages: [message] }));
  return new ApiError("invalid_input", `invalid input in field '${name}': ${problem}`, { fields });
}

/** What the real API has and the stand-in has not: said in words, so that nobody looks for a fault of their own. */
export const notModelled = (what: string) =>
  new ApiError("unsupported_error", `the rehearsal lab's stand-in for Hetzner does not model ${what}`);

export const notUnique = (what: string, field = "name") =>
  new ApiError("uniqueness_error", `${what} is already used`, { fields: [{ name: field }] });
