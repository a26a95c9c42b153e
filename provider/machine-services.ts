import { join } from "node:path";
import { Skew } from "./kubernetes/skew";
import { Limit } from "./limit";
import { Rollout } from "./rollout";
import { Scripts } from "./nixos/scripts";
import { Summaries } from "./nixos/summaries";
import { open as openProcess, Open, Run } from "./process";
import { Agent, Login, sshEnvironment } from "./ssh";

/** Where things are on the operator's box. */
export interface Folders {
  /** The checkout: nix/ and scripts/ are in it. */
  project: string;
  /** Kept between runs, may be emptied at any time: evaluations, the installer ISO, roots of built systems. */
  cache: string;
}

/** What the resources that work on machines share during a run. */
export class MachineServices {
  readonly scripts: Scripts;
  /** Nix spreads one build over the cores by itself; several at once only fight for memory. */
  readonly builds = new Limit(1);
  /** The operator's uplink and disk are shared by all copies. */
  readonly copies = new Limit(4);
  /** An installer is half a gigabyte and nothing of it is fetched elsewhere: two at once fill any uplink. */
  readonly uploads = new Limit(2);
  /** How many machines get a system at the same time, where that is no rollout. */
  readonly activations = new Limit(4);
  /** In which order machines come to another system, and other hardware. */
  readonly rollouts = { systems: new Rollout(), hardware: new Rollout() };
  /** What is in the systems of this run: evaluated for all machines at once, compared for each. */
  readonly summaries = new Summaries();
  /** Versions of Kubernetes that the machines shall run, which have to fit together. */
  readonly skew = new Skew();
  private agent?: Promise<Agent>;

  constructor(
    readonly run: Run,
    readonly folders: Folders,
    readonly open: Open = openProcess,
  ) {
    this.scripts = new Scripts(join(folders.project, "scripts"));
  }

  /** Environment in which the system's ssh logs in with the key and the pinned host key, without key files. */
  async sshEnvironment(login: Login): Promise<Record<string, string>> {
    this.agent ??= Agent.start();
    return { ...sshEnvironment(login, await this.agent) };
  }
}
