import { ofStack, pulumi, StackError } from "./outputs";

/** By these fields Pulumi marks a secret in an exported state (sdk/go/common/resource/properties.go). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface Exported {
  deployment?: { resources?: { urn: string; outputs?: Record<string, unknown> }[] };
}

/**
 * Looks into a stack's state for the outputs of resources, secrets in plain text; also of what a run has made that failed
 * later.
 * @returns a function of the end of a resource's URN: type and name, such as "CertificateAuthority::/authority"
 * @throws StackError
 */
export function outputsOfState(
  given: string | undefined,
): (end: string) => Record<string, unknown> | undefined {
  const text = pulumi(["stack", "export", "--show-secrets", "--non-interactive", ...ofStack(given)]);
  const { deployment } = JSON.parse(text) as Exported;
  return (end) => {
    const found = deployment?.resources?.find(({ urn }) => urn.endsWith(end));
    return found?.outputs && (revealed(found.outputs) as Record<string, unknown>);
  };
}

/**
 * The same for one resource.
 * @throws StackError where there is none
 */
export function outputsInState(given: string | undefined, end: string): Record<string, unknown> {
  const outputs = outputsOfState(given)(end);
  if (!outputs)
    throw new StackError(`the stack's state has no ${end}; it has one once pulumi up has made the cluster`);
  return outputs;
}

function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return revealed(JSON.parse(String(object.plaintext)));
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, revealed(member)]));
}
