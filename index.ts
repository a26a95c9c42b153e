import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components/cluster";
import { logicalName } from "./components/logical-name";
import { loadSettings, SettingsError } from "./settings";
import { secretKeys, stackConfig } from "./settings/stack-config";

/** The settings, or every mistake in them at once, before anything is touched. */
function settingsOrMistakes() {
  try {
    const config = stackConfig(pulumi.runtime.allConfig());
    const raw = { stack: pulumi.getStack(), config, secretKeys: secretKeys(process.env) };
    return loadSettings(raw, __dirname);
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}

const settings = settingsOrMistakes();
const cluster = new Cluster(logicalName({ role: "cluster" }), settings);

const outputs = {
  /** Give it to kubectl: `pulumi stack output kubeconfig --show-secrets > kubeconfig`. */
  kubeconfig: cluster.kubeconfig,
  /** Name of the machine that runs the control plane. */
  master: settings.master,
  /** Lets you into the machines as root: `pulumi stack output sshKey --show-secrets | ssh-add -`. */
  sshKey: cluster.sshKey,
  /** Address, public host key, roles and system of each machine. */
  machines: cluster.machines,
  /**
   * What the machines cost a month, each and all together, without VAT. Absent where nobody sends a bill: of an output
   * that is there without a value Pulumi warns.
   */
  ...(cluster.monthlyCost && { monthlyCost: cluster.monthlyCost }),
};

export = outputs;
