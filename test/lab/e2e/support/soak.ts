import * as fc from "fast-check";
import { serviceModule, setHost, writeModule } from "./inventory";
import { killDuring } from "./kill";
import { labOutput } from "./lab";
import { MACHINES, onMachines, vmOf } from "./machines";
import { tryPulumi } from "./pulumi";

type MachineName = (typeof MACHINES)[number];

/** What ends in a failed activation; each in its own way. */
const FAILING = {
  "no sshd": serviceModule("no-ssh", "systemctl stop sshd"),
  "activation script": '{ system.activationScripts.failing = "exit 7"; }\n',
  unit: serviceModule("failing", "exit 3"),
};

/** One thing that a user, his network or his box does. */
export type Step =
  | { what: "change"; machine: MachineName; number: number }
  | { what: "bad change"; machine: MachineName; how: keyof typeof FAILING }
  | { what: "up, killed"; after: number }
  | { what: "link lost"; machine: MachineName; seconds: number }
  | { what: "power lost"; machine: MachineName }
  | { what: "switched by hand"; machine: MachineName }
  | { what: "refresh" }
  | { what: "up" };

const machine = fc.constantFrom(...MACHINES);
const how = fc.constantFrom(...(Object.keys(FAILING) as (keyof typeof FAILING)[]));
const is = <What extends Step["what"]>(what: What) => fc.constant(what);

/** One of them, as often as it is likely. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: is("change"), machine, number: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ what: is("bad change"), machine, how }) },
  { weight: 2, arbitrary: fc.record({ what: is("up, killed"), after: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: is("link lost"), machine, seconds: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ what: is("power lost"), machine }) },
  { weight: 1, arbitrary: fc.record({ what: is("switched by hand"), machine }) },
  { weight: 1, arbitrary: fc.record({ what: is("refresh") }) },
  { weight: 3, arbitrary: fc.record({ what: is("up") }) },
);

/** What comes after each other before anybody puts it right. */
export const sequences = fc.array(step, { minLength: 2, maxLength: 6 });

/** The real cluster, and what its inventory asks for. */
export class Cluster {
  private readonly numbers = new Map<MachineName, number>();
  private readonly failing = new Set<MachineName>();

  /** What /etc/soak shall say; undefined where it shall not be there. */
  wished(machine: MachineName): number | undefined {
    return this.numbers.get(machine);
  }

  /** Does it, whatever comes of it. */
  async take(step: Step): Promise<void> {
    switch (step.what) {
      case "change":
        this.numbers.set(step.machine, step.number);
        return this.give(step.machine);
      case "bad change":
        this.failing.add(step.machine);
        return this.give(step.machine, await writeModule("soak-failing.nix", FAILING[step.how]));
      case "up, killed": {
        const moment = Date.now() + step.after * 1000;
        // It may have ended before, which is as well.
        return killDuring("up", async () => Date.now() > moment).catch((error: Error) => {
          if (!error.message.includes("ended before the moment")) throw error;
        });
      }
      case "link lost":
        return loseLink(step.machine, step.seconds);
      case "power lost":
        return losePower(step.machine);
      case "switched by hand":
        return switchByHand(step.machine);
      case "refresh":
        return void (await tryPulumi(["refresh", "--yes"]));
      case "up":
        return void (await tryPulumi(["up", "--yes"]));
    }
  }

  /** What a user does who has read why `up` has failed. */
  async takeBackWhatFails(): Promise<void> {
    for (const machine of this.failing) await this.give(machine);
    this.failing.clear();
  }

  private async give(machine: MachineName, ...more: string[]): Promise<void> {
    const number = this.numbers.get(machine);
    const text = `{ environment.etc.soak.text = "${number}"; }\n`;
    const own = number === undefined ? [] : [await writeModule(`soak-${machine}.nix`, text)];
    await setHost(machine, "modules", [...own, ...more]);
  }
}

/** On a machine that may be off: what it says is not waited for. */
const tell = (machine: MachineName, command: string) =>
  onMachines((run) => run(machine, command)).then(() => {});

/** While the next step goes on. */
const loseLink = (machine: MachineName, seconds: number) =>
  tell(
    machine,
    `systemd-run --collect bash -c 'interface=$(ip -4 -o address show | grep "192\\.168\\.56\\." | cut -d" " -f2); ip link set "$interface" down; sleep ${seconds}; ip link set "$interface" up'`,
  );

/** It may be off already. */
const losePower = async (machine: MachineName) =>
  void (await labOutput(["bash", "-c", `VBoxManage controlvm ${await vmOf(machine)} poweroff || true`]));

/** To the system before the present one, as somebody does who knows NixOS. */
const switchByHand = (machine: MachineName) =>
  tell(
    machine,
    'earlier=$(ls -d /nix/var/nix/profiles/system-*-link | sort -V | tail -2 | head -1); systemd-run --wait --collect "$earlier"/bin/switch-to-configuration test',
  );
