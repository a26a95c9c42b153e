import { Clock, systemClock } from "../clock";
import { Identity, signCertificate } from "../pki";
import { Resource } from "../resource";
import { waitForSsh, withSession } from "../ssh";
import { Workshop } from "../workshop";
import { LoginInputs, loginOf } from "./login";

interface AccessRulesInputs extends LoginInputs {
  /** The master that the objects are applied from. */
  machine: string;
  /** Of the API, as the master calls it: https://il:6443 */
  server: string;
  authority: Identity;
  /** Kubernetes objects. */
  objects: object[];
  /** Which key Secrets are encrypted with; those that were written before it are written once more. */
  encryptionKey: string;
}

/** Milliseconds for which the certificate is good that all may be done with; it is kept nowhere. */
const LIFETIME = 60 * 60 * 1000;
const REACH_DEADLINE = 120_000;
/** The script gives the API two minutes, and waits half a minute for an answer. */
const APPLY_TIMEOUT = 180_000;

/**
 * Who may do what in the cluster, without which nothing in it works: applied by somebody who may do everything, and who
 * is made for that alone. He also writes Secrets anew when they are to be encrypted with another key.
 */
export function accessRules(
  workshop: Workshop,
  clock: Clock = systemClock,
  port = 22,
): Resource<AccessRulesInputs, object> {
  async function apply(inputs: AccessRulesInputs, signal: AbortSignal, status: (text: string) => void) {
    const { server, authority, objects } = inputs;
    const administrator = await signCertificate(
      authority,
      {
        commonName: "kluster-access-rules",
        organizations: ["system:masters"],
        hosts: [],
        usages: ["client"],
      },
      { lifetime: LIFETIME, now: new Date(clock.now()) },
    );
    const base64 = (pem: string) => Buffer.from(pem).toString("base64");
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "it",
          cluster: { server, "certificate-authority-data": base64(authority.certificate) },
        },
      ],
      users: [
        {
          name: "it",
          user: {
            "client-certificate-data": base64(administrator.certificate),
            "client-key-data": base64(administrator.privateKey),
          },
        },
      ],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    };
    const list = { apiVersion: "v1", kind: "List", items: objects };
    const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
    const session = waitForSsh({ ...loginOf(inputs), port }, { deadline: REACH_DEADLINE, onWait, signal });
    await withSession(session, (session) =>
      workshop.scripts.run(session, "apply-access-rules.sh", [], {
        stdin: `${JSON.stringify(kubeconfig)}\n${JSON.stringify(list)}\n`,
        timeout: APPLY_TIMEOUT,
        onLine: status,
        signal,
      }),
    );
  }

  return {
    type: "kluster-provider:kubernetes:AccessRules",
    secrets: ["privateKey", "authority"],
    outputs: [],
    // Only the way to the API; what is there does not depend on it.
    ignore: ["address", "hostKey", "privateKey", "server", "authority"],
    async create(inputs, { signal, status }) {
      await apply(inputs, signal, status);
      return { id: inputs.machine, outputs: {} };
    },
    async update(_id, { inputs }, { signal, status }) {
      await apply(inputs, signal, status);
      return {};
    },
  };
}
