import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, any>;
}

/** Outputs of each type of resource, from its inputs. A type that is not here fails the test. */
type Fakes = Record<string, (inputs: Record<string, any>, name: string) => Record<string, unknown>>;

const fakes: Fakes = {
  "kluster-provider:index:StackIdentity": () => ({ identity: "0123456789abcdef" }),
  "kluster-provider:ssh:KeyPair": (inputs, name) => ({
    ...inputs,
    publicKey: `ssh-ed25519 AAAA${name} ${inputs.comment}`,
    privateKey: secret(`PRIVATE-KEY-OF-${name}`),
  }),
  "kluster-provider:pki:CertificateAuthority": (inputs) => ({
    ...inputs,
    certificate: pem("CERTIFICATE", "ca"),
    privateKey: secret(pem("PRIVATE KEY", "ca")),
  }),
  "kluster-provider:pki:ClientCertificate": (inputs) => ({
    ...inputs,
    certificate: pem("CERTIFICATE", "client"),
    privateKey: secret(pem("PRIVATE KEY", "client")),
  }),
  "kluster-provider:pki:JoinToken": () => ({ token: secret("f".repeat(32)) }),
  "kluster-provider:virtualbox:HostOnlyNetwork": (inputs) => ({ ...inputs, adapter: "vboxnet7" }),
  "kluster-provider:virtualbox:Machine": (inputs, name) => ({ ...inputs, instance: `instance-of-${name}` }),
  "kluster-provider:nixos:Evaluation": (inputs) => ({
    ...inputs,
    systems: Object.fromEntries(
      Object.keys(inputs.machines).map((host) => [
        host,
        {
          drvPath: `/nix/store/${host}.drv`,
          storePath: `/nix/store/${host}`,
          secrets: [{ secret: "join-token" }],
        },
      ]),
    ),
  }),
  "kluster-provider:nixos:Installation": (inputs) => inputs,
  "kluster-provider:nixos:System": (inputs) => inputs,
  "command:remote:Command": (inputs) => ({ ...inputs, stdout: "", stderr: "" }),
};

/**
 * Runs a program against typed fakes of all resources and returns what it registered, in order.
 * @param preview outputs of resources are then unknown, as in the first preview of a stack
 */
export async function registered(program: () => unknown, preview = false): Promise<Registered[]> {
  const found: Registered[] = [];
  const unknownTypes: string[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, custom }) {
        found.push({ type, name, inputs });
        if (custom === false || type.startsWith("kluster:")) return { id: "", state: {} };
        const fake = fakes[type];
        // Thrown here it would end the whole test process.
        if (!fake) unknownTypes.push(type);
        return {
          id: preview ? undefined : `${name}-id`,
          state: preview ? inputs : (fake?.(inputs, name) ?? {}),
        };
      },
      call: () => ({}),
    },
    "kluster",
    "dev",
    preview,
  );
  program();
  await require("@pulumi/pulumi/runtime/settings").waitForRPCs();
  expect(unknownTypes).toEqual([]);
  return found;
}

/** The properties of one resource. */
export function inputsOf(found: Registered[], type: string, name: string): Record<string, any> {
  const match = found.find((resource) => resource.type === type && resource.name === name);
  if (!match)
    throw new Error(`no ${type} ${name} among ${found.map((r) => `${r.type} ${r.name}`).join(", ")}`);
  return match.inputs;
}

/** Whether a value is wrapped as a secret. */
export function isSecret(value: any): boolean {
  return value?.["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270";
}

function secret(value: string) {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

function pem(label: string, content: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(content).toString("base64")}\n-----END ${label}-----\n`;
}
