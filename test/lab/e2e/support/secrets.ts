import { join } from "node:path";
import { labOutput, stack, testState } from "./lab";
import { StateResource } from "./pulumi";

/** By these fields Pulumi marks a secret in an exported state. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** All secrets of the stack in plain text, as the owner of the passphrase may see them. */
export async function secretsOfStack(): Promise<string[]> {
  const found = new Set<string>();
  collect(await revealedState(), found);
  return [...found];
}

/** Keys that servers show at their first boot only, as user data tells them: the cloud knows these. */
export async function bootSecrets(): Promise<string[]> {
  const { deployment } = (await revealedState()) as { deployment: { resources: StateResource[] } };
  const found = new Set<string>();
  for (const { urn, outputs } of deployment.resources)
    if (/KeyPair::\w+\/boot$/.test(urn)) collect(outputs, found);
  return [...found];
}

/** The operator's SSH key, which opens every machine. */
export const operatorKey = () => privateKeyOf("KeyPair::/operator");

/** The private key that a resource holds, whose URN ends so. */
export async function privateKeyOf(end: string): Promise<string> {
  const { deployment } = (await revealedState()) as { deployment: { resources: StateResource[] } };
  const holder = deployment.resources.find(({ urn }) => urn.endsWith(end));
  const found = new Set<string>();
  collect(holder?.outputs?.privateKey, found); // and not those that it had before
  const key = [...found].find((secret) => secret.includes("PRIVATE KEY"));
  if (!key) throw new Error(`the stack holds no private key of ${end}`);
  return key;
}

async function revealedState(): Promise<unknown> {
  return JSON.parse(await labOutput(["pulumi", "stack", "export", "--show-secrets", "--stack", stack]));
}

function collect(value: unknown, found: Set<string>, secret = false): void {
  if (typeof value === "string" && secret) found.add(value);
  if (typeof value !== "object" || value === null) return;
  const object = value as Record<string, unknown>;
  if (object[signature] === secretSignature && typeof object.plaintext === "string") {
    return collect(JSON.parse(object.plaintext), found, true);
  }
  for (const child of Object.values(object)) collect(child, found, secret);
}

/**
 * Pieces of secrets that show them wherever they are, however they were wrapped: each piece stands on one line, is
 * not found in anything public, and is long enough not to be there by chance.
 */
export function markersOf(secrets: string[]): string[] {
  const markers = new Set<string>();
  for (const secret of secrets) {
    for (const key of secret.matchAll(/-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]+)-----END/g)) {
      const lines = key[2].trim().split(/\s+/);
      // An OpenSSH key begins with fixed text and its public half; the private half follows.
      const own = key[1] === "OPENSSH " ? lines.slice(2, -1) : lines.slice(1, -1);
      own.filter((line) => line.length >= 40).forEach((line) => markers.add(line));
    }
    if (/^[0-9a-f]{32,}$/.test(secret)) markers.add(secret);
    if (/^AGE-SECRET-KEY-/.test(secret)) markers.add(secret);
    if (/^[A-Za-z0-9+/]{43}=$/.test(secret)) markers.add(secret); // WireGuard's
    for (const data of secret.matchAll(/client-key-data["']?: *["']?([A-Za-z0-9+/=]{64,})/g)) {
      markers.add(data[1].slice(64, 192));
      markersOf([Buffer.from(data[1], "base64").toString()]).forEach((marker) => markers.add(marker));
    }
  }
  return [...markers];
}

/** Every program that was executed under {@link execLog}, with its arguments, a line each. */
export const execLogFile = join(testState, "exec.log");

/** Put before a command, it logs every execve of whatever the command starts, machines and all. */
export const execLog = [join(__dirname, "exec-log"), execLogFile];
