/** What Hetzner's API refuses a request with. Its text is that of hcloud-go. */
export class HcloudError extends Error {
  constructor(
    /** HTTP status. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: { name: string; messages: string[] }[] = [],
    correlation?: string,
  ) {
    super(`${message} (${[code, ...(correlation ? [correlation] : [])].join(", ")})`);
  }
}

/** An answer that is none of the API's. */
export class StatusError extends Error {
  constructor(readonly status: number) {
    super(`hcloud: server responded with status code ${status}`);
  }
}

/** An action that did not end well. */
export class ActionError extends Error {
  constructor(action: { id: number; error: { code: string; message: string } | null }) {
    const { code, message } = action.error ?? { code: "unknown_error", message: "" };
    super(`${message} (${code}, ${action.id})`);
  }
}

/** Whether an error is one of the API's, with one of these codes. */
export const hasCode = (error: unknown, ...codes: string[]): error is HcloudError =>
  error instanceof HcloudError && codes.includes(error.code);
