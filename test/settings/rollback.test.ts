import * as fc from "fast-check";
import { load, refusalsOf } from "./project";

const rollback = (value: unknown) => load({ config: { rollback: value } }).rollback;
const HASH = "5d2bq9x1cs0mglfjm7zy8iwv3hrakp6n";

test("nothing goes back where nobody asks", () => expect(load().rollback).toEqual({}));

test("one word is for all machines", () =>
  expect(rollback("previous")).toEqual({ il: "previous", ee: "previous" }));

test("a table is for those that it names", () =>
  expect(rollback(JSON.stringify({ ee: "previous" }))).toEqual({ ee: "previous" }));

test.each([[`/nix/store/${HASH}-nixos-system-ee-26.05.1`], [`${HASH}-nixos-system-ee-26.05.1`], [HASH]])(
  "%s is known by its hash",
  (written) => expect(rollback({ ee: written })).toEqual({ ee: HASH }),
);

test("a hash may be shortened to seven letters", () => {
  fc.assert(
    fc.property(fc.integer({ min: 7, max: 32 }), (length) =>
      expect(rollback({ ee: HASH.slice(0, length) })).toEqual({ ee: HASH.slice(0, length) }),
    ),
  );
});

const ALLOWED =
  "previous, or a store path or the first seven or more letters of its hash, as `npm run generations` shows them";
const NEXT =
  "npm run generations -- ee, or pulumi config set --stack dev --path kluster:rollback.ee previous";
test.each([
  [
    "a number",
    { ee: 12 },
    [
      "Pulumi.dev.yaml, kluster:rollback.ee = 12",
      "a number, by which each machine counts for itself; the state knows systems by their store paths",
      ...[ALLOWED, NEXT],
    ],
  ],
  [
    "another word",
    { ee: "last" },
    [`Pulumi.dev.yaml, kluster:rollback.ee = "last"`, "no word for an earlier system", ALLOWED, NEXT],
  ],
  [
    "a host that is not there",
    { sam: "previous" },
    [
      ...["Pulumi.dev.yaml, kluster:rollback.sam", "there is no such key", "il, ee"],
      "pulumi config rm --stack dev --path kluster:rollback.sam",
    ],
  ],
  [
    "another word for all",
    "yesterday",
    [
      ...[`Pulumi.dev.yaml, kluster:rollback = "yesterday"`, "not a table"],
      `previous for all machines, or a table by host of ${ALLOWED}`,
      "write a table there instead of the value",
    ],
  ],
])("%s is refused", (_, value, expected) =>
  expect(refusalsOf({ config: { rollback: value } })).toEqual([expected]),
);
