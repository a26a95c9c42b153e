import { hasCode, HcloudError } from "./client/errors";

/** An error as the provider's SDK and the bridge over it tell it. */
export function sdkText(error: unknown): string {
  const text = messageOf(error);
  if (!hasCode(error, "invalid_input")) return oneError(text);
  const fields = error.fields.map(({ name, messages }) => `${name} => [${messages.join(" ")}]`);
  return oneError(`${text}: [${fields.join(" ")}]`);
}

const oneError = (text: string) => `1 error occurred:\n\t* ${text}\n\n`;

/** What stands before the details of a failure of the plugin framework. */
const REQUEST_FAILED = "An unexpected error was encountered during an API request.";
const INVALID_FIELD =
  "An invalid field was encountered during an API request. The field might not map 1:1 to your terraform resource.";

/** An error as the provider tells it by the plugin framework. What is none of a request is told as it is. */
export function frameworkText(error: unknown): string {
  const text = messageOf(error);
  if (text.startsWith("[AttributeName(")) return text;
  if (!(error instanceof HcloudError)) return `API request failed: ${REQUEST_FAILED}\n\n${text}\n`;
  const end = `Error code: ${error.code}\nStatus code: ${error.status}\n`;
  if (error.code !== "invalid_input") return `API request failed: ${REQUEST_FAILED}\n\n${text}\n\n${end}`;
  const [field] = error.fields;
  if (!field) return `Invalid field in API request: ${INVALID_FIELD}\n\n${text}\n\n${end}`;
  const messages = field.messages.map((message) => ` - ${message}`).join("\n");
  return `Invalid field in API request: ${INVALID_FIELD}\n\n${text}\n\nField: ${field.name}\nMessages:\n${messages}\n${end}`;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
