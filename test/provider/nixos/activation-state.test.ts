import * as fc from "fast-check";
import {
  ActivationError,
  ActivationState,
  judge,
  parseActivationState,
} from "../../../provider/nixos/activation-state";

const fresh = "/nix/store/abc-nixos-system-il";
const old = "/nix/store/old-nixos-system-il";
const wish = { storePath: fresh, switch: 600, confirm: 75, lastFailure: "" };

const state = (parts: Partial<ActivationState>): ActivationState => ({
  ...{ phase: "back", outcome: "returned", cause: "", code: "0", units: "", why: "" },
  ...{ previous: old, system: old, supervised: false, words: "" },
  ...parts,
});

describe("what a machine says of an activation", () => {
  test("is read as keys and, after an empty line, words", () => {
    const text = [
      ...["unit=activating", `system=${old}`, "phase=back", "outcome=returned", "cause=failed", "code=4"],
      ...["units=a.service b.service", "why=", `previous=${old}`],
    ].join("\n");
    expect(parseActivationState(`${text}\n\na.service:\ncause=nonsense\n`)).toEqual(
      state({
        ...{ cause: "failed", code: "4", units: "a.service b.service", supervised: true },
        words: "a.service:\ncause=nonsense",
      }),
    );
  });

  test("is that it knows nothing of it, after a restart", () => {
    expect(parseActivationState(`unit=inactive\nsystem=${old}\n`)).toMatchObject({
      ...{ phase: "", outcome: "", supervised: false, system: old },
    });
  });

  test("may be anything, and is read without an error", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseActivationState(text)));
  });
});

describe("a system that is active and kept", () => {
  test.each([
    ["0", []],
    ["4", ["activated, with failed units:\nwarning: the following units failed: a.service"]],
  ])("after exit code %s is a success, with those warnings", (code, warnings) => {
    const words = "warning: the following units failed: a.service";
    expect(judge(state({ outcome: "committed", code, system: fresh, words }), wish)).toEqual(warnings);
  });
});

describe("an activation that came to nothing says", () => {
  const back = `; the machine has gone back to ${old}.`;
  test.each<[string, Partial<ActivationState>, string]>([
    [
      "which units failed",
      { cause: "failed", units: "a.service b.service" },
      `with ${fresh} units failed that had not failed before: a.service, b.service${back}`,
    ],
    [
      "which units did not come to run",
      { cause: "unsteady", units: "kubelet.service" },
      `with ${fresh} these units did not come to run within 75 s: kubelet.service${back}`,
    ],
    [
      "what was in the way of a login, as the machine and the operator saw it",
      { cause: "unconfirmed", why: "no SSH server answers at 10.0.0.1:22 on the machine itself" },
      `${fresh} did not let us in by a new login within 75 s (no SSH server answers at 10.0.0.1:22 on the machine itself; the last attempt: 10.0.0.1:22 refuses connections)${back}`,
    ],
    [
      "that the activation failed",
      { cause: "activation", code: "2" },
      `switch-to-configuration test of ${fresh} ended with 2${back}`,
    ],
    [
      "that it came to no end",
      { cause: "slow", code: "124" },
      `switch-to-configuration test of ${fresh} had not ended after 600 s and was stopped${back}`,
    ],
    [
      "that it cannot be booted",
      { cause: "commit" },
      `${fresh} could not be made the system of the next boot${back}`,
    ],
    [
      "that something else came between",
      { cause: "replaced", why: "/nix/store/x" },
      `while ${fresh} was being proved, something else made /nix/store/x the running system${back}`,
    ],
    [
      "that the way back failed, too",
      { cause: "activation", code: "2", system: fresh },
      `the machine could not go back to ${old} and runs ${fresh}, but can be reached.`,
    ],
    [
      "that the machine had to restart",
      { outcome: "rebooted", cause: "activation", code: "2" },
      `ended with 2. After going back to ${old} it could not be reached, so it has restarted, and runs ${old}.`,
    ],
    [
      "that it was refused",
      { outcome: "refused", cause: "check", code: "11" },
      `${fresh} was refused by its own pre-switch checks (switch-to-configuration check ended with 11). Nothing was changed.`,
    ],
    [
      "that it can only be booted",
      { outcome: "refused", cause: "reboot", code: "100" },
      `${fresh} cannot be activated on the running machine, only by a reboot: its init differs. Nothing was changed.`,
    ],
    [
      "that another program is at it",
      { outcome: "refused", cause: "locked", code: "11" },
      "another program switches this machine, and has held /run/nixos/switch-to-configuration.lock for a minute",
    ],
    [
      "that secrets could not be placed",
      { outcome: "refused", cause: "secrets" },
      "its secrets could not be placed. Nothing was changed.",
    ],
    [
      "that the machine has restarted meanwhile",
      { outcome: "", phase: "" },
      `the machine has restarted in the middle of the activation of ${fresh}, and runs ${old}`,
    ],
    [
      "that its unit was stopped",
      { outcome: "", phase: "confirm", system: fresh },
      `the activation of ${fresh} ended in the middle (confirm), and the machine runs ${fresh}`,
    ],
  ])("%s", (_, parts, text) => {
    const refusal = { ...wish, lastFailure: "10.0.0.1:22 refuses connections" };
    const act = () => judge(state({ words: parts.outcome === "" ? "" : "its words", ...parts }), refusal);
    expect(act).toThrow(ActivationError);
    expect(act).toThrow(text);
    if (parts.outcome !== "") expect(act).toThrow(/\nits words$/);
  });
});
