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

/** What the state has of a resource, secrets in plain text. */
export interface Known {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** A stack's state; resources are told by the end of their URNs: type and name, such as "CertificateAuthority::/authority". */
export interface State {
  find: (end: string) => Known | undefined;
  /** @throws StackError where there is none */
  get: (end: string) => Known;
}

/**
 * Reads a stack's state once; it also has what a run has made that failed later.
 * @throws StackError
 */
export function stateOf(given: string | undefined): State {
  const { deployment } = JSON.parse(exportedState(given)) as Exported;
  const find = (end: string) => {
    const found = deployment?.resources?.find(({ urn }) => urn.endsWith(end));
    return found?.outputs && (revealed({ inputs: found.inputs ?? {}, outputs: found.outputs }) as Known);
  };
  const get = (end: string) => {
    const found = find(end);
    if (!found)
      throw new StackError(`the stack's state has no ${end}; it has one once pulumi up has made the cluster`);
    return found;
  };
  return { find, get };
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
