import * as fc from "fast-check";
import { KEPT } from "../../../provider/nixos/history";
import { Summaries } from "../../../provider/nixos/summaries";
import { RollbackInputs, settleSystem, TOLD_BY_PATH } from "../../../provider/resources/rollback";
import { changedProperties } from "../../../provider/values";

const path = (letter: string) => `/nix/store/${letter.repeat(32)}-nixos-system-sam`;
const letter = fc.constantFrom(..."abcdfghi");

/** What may happen to a machine, in any order. */
const event = fc.oneof(
  fc.record({ kind: fc.constant("evaluate" as const), letter }),
  fc.record({
    kind: fc.constant("wish" as const),
    wish: fc.oneof(
      fc.constant(undefined),
      fc.constant("previous"),
      letter.map((one) => one.repeat(7)),
    ),
  }),
  // A run that fails, or is killed, leaves the inputs of before in the state.
  fc.record({ kind: fc.constantFrom("up" as const, "failing up" as const) }),
  // A refresh writes down what somebody has made the machine run.
  fc.record({ kind: fc.constant("drift" as const), letter }),
);

test("whatever happens, a run ends where it was meant to, a second one has nothing to do, and what can be gone back to was run", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let evaluated = path("a");
      let wish: string | undefined;
      let state: RollbackInputs | undefined;
      /** Every system that a run has proved, the latest first; twice in it where it was proved twice. */
      let proved: string[] = [];
      /** What the setting has come to mean since it is what it is. */
      let meant: { wish: string; storePath: string } | undefined;

      const settle = () =>
        settleSystem(
          {
            ...{
              identity: "i",
              machine: "sam",
              storePath: evaluated,
              secretFiles: [],
              secrets: {},
              ties: {},
            },
            ...(wish === undefined ? {} : { rollback: wish }),
          },
          state,
          new Summaries(),
          () => {},
        );
      const changes = (before: RollbackInputs, after: RollbackInputs) =>
        changedProperties(before, after).filter(
          (name) => !(TOLD_BY_PATH as readonly string[]).includes(name),
        );

      for (const happened of events) {
        if (happened.kind === "evaluate") evaluated = path(happened.letter);
        else if (happened.kind === "wish") wish = happened.wish;
        else if (happened.kind === "drift") state = state && { ...state, storePath: path(happened.letter) };
        else {
          const { inputs, failures = [] } = settle();
          const settled = inputs as RollbackInputs;
          if (failures.length > 0) {
            expect(wish).toBeDefined();
            continue; // refused before anything is touched
          }
          if (wish === undefined) expect(settled.storePath).toBe(evaluated);
          else {
            expect(proved).toContain(settled.storePath);
            if (meant?.wish === wish) expect(settled.storePath).toBe(meant.storePath);
            else if (wish === "previous") {
              expect(settled.storePath).toBe(proved.find((storePath) => storePath !== proved[0]));
            } else expect(settled.storePath).toBe(path(wish[0]));
          }
          if (happened.kind === "failing up") continue;
          proved = [settled.storePath, ...proved];
          meant = wish === undefined ? undefined : { wish, storePath: settled.storePath };
          state = settled;
          const history = state.history!.map(({ storePath }) => storePath);
          expect(history).toEqual([...new Set(proved)].slice(0, KEPT));
          expect(changes(state, settle().inputs as RollbackInputs)).toEqual([]);
        }
      }
    }),
    { numRuns: 500 },
  );
});
