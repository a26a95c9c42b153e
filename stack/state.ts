import { ofStack, pulumi, StackError } from "./outputs";

/** By these fields Pulumi marks a secret in an exported state (sdk/go/common/resource/properties.go). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface StateResource {
  urn: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

interface Exported {
  deployment?: { resources?: StateResource[] };
}

/**
 * Outputs of a resource in a stack's state, secrets in plain text; also what a run has made that failed later.
 * @param end of its URN: type and name, such as "CertificateAuthority::/authority"
 * @throws StackError where there is none
 */
export function outputsInState(given: string | undefined, end: string): Record<string, unknown> {
  return stateOf(given)(end).outputs;
}

/** What the state has of a resource, secrets in plain text. */
export interface Known {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/**
 * A stack's state, read once.
 * @returns what it has of the resource whose URN ends so; it throws StackError where there is none
 * @throws StackError
 */
export function stateOf(given: string | undefined): (end: string) => Known {
  const { deployment } = JSON.parse(exportedState(given)) as Exported;
  return (end) => {
    const found = deployment?.resources?.find(({ urn }) => urn.endsWith(end));
    if (!found?.outputs)
      throw new StackError(`the stack's state has no ${end}; it has one once pulumi up has made the cluster`);
    return revealed({ inputs: found.inputs ?? {}, outputs: found.outputs }) as Known;
  };
}

/**
 * The whole state as Pulumi writes it, with secrets in plain text.
 * @throws StackError
 */
export const exportedState = (given: string | undefined): string =>
  pulumi(["stack", "export", "--show-secrets", "--non-interactive", ...ofStack(given)]);

function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return revealed(JSON.parse(String(object.plaintext)));
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, revealed(member)]));
}
