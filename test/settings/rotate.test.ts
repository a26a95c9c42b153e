import * as fc from "fast-check";
import { SettingsError } from "../../settings";
import { ROTATABLE } from "../../settings/rotate";
import { load } from "./project";

const rotate = (value: unknown) => load({ config: { rotate: JSON.stringify(value) } }).rotate;
const refusals = (value: unknown): string => {
  try {
    rotate(value);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("the settings were accepted");
};

test("nothing is made anew where nobody asks", () => expect(load().rotate).toEqual({}));

test("words and numbers tell one set of keys from another", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ROTATABLE),
      fc.oneof(fc.nat(), fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)),
      (what, word) => expect(rotate({ [what]: word })).toEqual({ [what]: String(word) }),
    ),
  );
});

test.each([
  [
    "something that is no key of the cluster",
    { authority: 1 },
    /kluster:rotate\.authority.*\n?.*did you mean "authorities"/s,
  ],
  [
    "a blank",
    { operator: "to day" },
    /kluster:rotate\.operator.*pulumi config set --stack dev --path kluster:rotate\.operator 1/s,
  ],
  ["a list", { hosts: ["il"] }, /kluster:rotate\.hosts/],
  ["nothing", { hosts: "" }, /kluster:rotate\.hosts/],
])("%s is refused", (_, value, expected) => expect(refusals(value)).toMatch(expected));
