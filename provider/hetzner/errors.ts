/** Codes of our own, for what the API itself cannot say. All others are the API's. */
export const UNREACHABLE = "unreachable";
export const NO_ANSWER = "no_answer";
export const NOT_THE_API = "not_the_api";

/** How a token gets to where it is looked for. Without a value on the command line, Pulumi asks for it. */
export const SET_TOKEN =
  "Make one that may read and write in the Hetzner console (project, Security, API tokens), then " +
  "`pulumi config set --secret hcloud:token` and paste it.";

/** What the user can do, by code. */
const REMEDIES: Record<string, string> = {
  [UNREACHABLE]: "See whether this box is online, and whether hcloud:endpoint, if it is set, is right.",
  [NO_ANSWER]: "See whether this box is online, and https://status.hetzner.com.",
  [NOT_THE_API]:
    "See whether a proxy or a Wi-Fi login page is in between, and whether hcloud:endpoint is right.",
  unauthorized: `The token is wrong, or was revoked. ${SET_TOKEN}`,
  forbidden: `The token must be allowed to read and write. ${SET_TOKEN}`,
  token_readonly: `The token may only read. ${SET_TOKEN}`,
  rate_limit_exceeded:
    "A project has 3600 requests an hour, shared by all its tokens: see what else uses it, and run this again later.",
  resource_limit_exceeded:
    "Have the limit raised in the Hetzner console (Limits); new accounts begin with small ones.",
  resource_unavailable: "Name other server types or locations, or run this again later.",
  protected: "Take its protection off in the Hetzner console, and run this again.",
  resource_in_use: "See in the Hetzner console what uses it, take that away, and run this again.",
  must_be_unassigned: "Take it from the server that has it in the Hetzner console, and run this again.",
  server_not_stopped: "Switch the server off in the Hetzner console, and run this again.",
  locked: "Something else is being done with it: wait for that to end, and run this again.",
  conflict: "Something else was changed at the same time: run this again.",
  maintenance: "Hetzner works on it (https://status.hetzner.com): run this again later.",
  service_error: "Hetzner has a fault (https://status.hetzner.com): run this again later.",
};

/** Why a call of Hetzner's API failed, with what to do about it. Its message never holds the token. */
export class HetznerError extends Error {
  /**
   * @param code one of the API's (docs.hetzner.cloud, "Errors"), or one of ours above
   * @param what happened, as a sentence
   */
  constructor(
    readonly code: string,
    what: string,
    next: string | undefined = REMEDIES[code],
    /** HTTP status, where there was an answer. */
    readonly status?: number,
    /** When the rate limit is said to be over, in milliseconds since 1970. */
    readonly resetAt?: number,
  ) {
    super(next ? what + (what.endsWith("\n") ? "" : " ") + next : what);
    this.name = "HetznerError";
  }
}

/** What an answer with an error status means. `doing` is what was asked, such as "GET /servers". */
export function errorOf(
  doing: string,
  status: number,
  body: unknown,
  resetAt: number | undefined,
): HetznerError {
  const error = (body as { error?: { code?: unknown; message?: unknown; details?: unknown } } | undefined)
    ?.error;
  const code = typeof error?.code === "string" ? error.code : codeOf(status);
  const said = [
    typeof error?.message === "string" ? error.message : `HTTP status ${status}`,
    ...fieldsOf(error),
  ];
  const what = `Hetzner's API answers ${doing} with ${code}: ${said.join("; ").replace(/\.$/, "")}.`;
  return new HetznerError(code, what, REMEDIES[code], status, resetAt);
}

function codeOf(status: number): string {
  const codes: Record<number, string> = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    423: "locked",
    429: "rate_limit_exceeded",
  };
  return codes[status] ?? (status >= 500 ? "service_error" : `http_${status}`);
}

/** Which fields of the request are wrong, and how: `details.fields` of invalid_input. */
function fieldsOf(error: { details?: unknown } | undefined): string[] {
  const fields = (error?.details as { fields?: unknown } | null | undefined)?.fields;
  if (!Array.isArray(fields)) return [];
  return fields.map(
    ({ name, messages }) => `${name}: ${Array.isArray(messages) ? messages.join(", ") : "wrong"}`,
  );
}
