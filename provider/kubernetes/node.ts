import { Scripts } from "../nixos/scripts";
import { Login, SshError, waitForSsh, withSession } from "../ssh";
import { Patience } from "../resource";

/** How a node is, as the API says it: `unknown` is none of its nodes, and `unreachable` is the API itself. */
export interface NodeState {
  is: "ready" | "unready" | "unknown" | "unreachable";
  why: string;
}

/** What a drain has found and done. */
export interface Drained extends NodeState {
  /** Pods, NAMESPACE/NAME, that nobody makes anew elsewhere. */
  bare: string[];
}

/** How long things may take, in milliseconds. */
export interface NodeTimes {
  /** A login on the master; where it does not answer, a change goes on without it. */
  reach: number;
  /** Pods end, and others take their place before disruption budgets let more of them go. */
  drain: number;
  /** As long as the cluster itself waits for a node (components/kubernetes.ts). */
  ready: number;
  /** The API answers, and the node has reported from its new boot. */
  resume: number;
  /** Likewise, where nothing depends on it. */
  glance: number;
}

export const NODE_TIMES: NodeTimes = {
  ...{ reach: 15_000, drain: 300_000, ready: 600_000, resume: 180_000, glance: 5_000 },
};

const seconds = (milliseconds: number) => `${Math.ceil(milliseconds / 1000)}`;
/** What the script waits for besides: its lock, and single requests. */
const SLACK = 180_000;

/** A node of a cluster that runs: looked at, emptied and put back into service by way of the master. */
export class ClusterNode {
  constructor(
    private readonly scripts: Scripts,
    private readonly master: Login,
    private readonly name: string,
    private readonly patience: Patience,
    private readonly times: NodeTimes = NODE_TIMES,
  ) {}

  look(): Promise<NodeState> {
    return this.ask("look").then(stateIn, unreachable);
  }

  /**
   * Moves its pods elsewhere, if it is ready: where the API or its kubelet does not answer, that is what the change may be
   * there to mend.
   * @throws ScriptError that names the pods that did not go, and what is in the way; the node is then as it was
   */
  async drain(): Promise<Drained> {
    const { drain } = this.times;
    const said = await this.ask("drain", [seconds(drain)], drain).catch(unreachable);
    if (typeof said !== "string") return { ...said, bare: [] };
    return { ...stateIn(said), bare: [...said.matchAll(/^bare (\S+)$/gm)].map(([, name]) => name) };
  }

  /**
   * Waits on the machine itself until the API calls it ready.
   * @throws ScriptError with the cause
   */
  async ready(login: Login, server: string): Promise<void> {
    const { status, signal } = this.patience;
    const { ready } = this.times;
    await withSession(this.login(login, ready), (session) =>
      this.scripts.run(session, "wait-for-kubernetes.sh", [seconds(ready), "node", this.name, server], {
        ...{ timeout: ready + SLACK, onLine: status, signal },
      }),
    );
  }

  /**
   * Lets it take pods again, if it was drained here, or by a run before this that was killed.
   * @param boot wait until the API knows of this boot
   * @param glance give up soon
   */
  async resume({ boot = "", glance = false }: { boot?: string; glance?: boolean }): Promise<void> {
    const limit = glance ? this.times.glance : this.times.resume;
    await this.ask("resume", [seconds(limit), boot], limit, glance ? this.times.reach : limit);
  }

  private ask(verb: string, args: string[] = [], limit = 0, reach = this.times.reach): Promise<string> {
    const { status, signal } = this.patience;
    return withSession(this.login(this.master, reach), (session) =>
      this.scripts.run(session, "node-drain.sh", [verb, this.name, ...args], {
        ...{ timeout: limit + SLACK, signal },
        onLine: (line) => {
          if (!/^(state|bare) /.test(line)) status(line);
        },
      }),
    );
  }

  private login(login: Login, deadline: number) {
    const { status, signal } = this.patience;
    return waitForSsh(login, { deadline, onWait: (why) => status(`waiting for a login: ${why}`), signal });
  }
}

function stateIn(said: string): NodeState {
  const [, is, why] = /^state (\S+) ?(.*)$/m.exec(said) ?? ["", "unreachable", "it said nothing"];
  return { is: is as NodeState["is"], why };
}

/** A master that does not answer; whatever else went wrong is no state. */
function unreachable(error: unknown): NodeState {
  if (!(error instanceof SshError)) throw error;
  return { is: "unreachable", why: error.message };
}
