import * as fc from "fast-check";
import { secretKeys } from "../../settings/stack-config";
import { loadSettings, SettingsError } from "../../settings";
import { load, PLAIN_BOX, projectFolder } from "./project";

/** Settings of a stack with these secrets, as Pulumi hands them over. */
function secretsOf(secrets: unknown, keys: string[] | undefined = ["secrets"]) {
  const config = { secrets: typeof secrets === "string" ? secrets : JSON.stringify(secrets) };
  return loadSettings({ stack: "dev", config, secretKeys: keys }, projectFolder({}), PLAIN_BOX).secrets;
}

/** All that is said of what is wrong. */
function refusal(secrets: unknown, keys?: string[]) {
  try {
    secretsOf(secrets, keys);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}

const set = (name: string) => `pulumi config set --stack dev --secret --path kluster:secrets.${name}`;

describe("the user's secrets", () => {
  it("are none where there are none", () => expect(load().secrets).toEqual({}));

  it("are taken as they are", () => {
    const secrets = { wifi: " hunter2\n", "api-key_2": '{"a": [1]}', constructor: "x" };
    expect(secretsOf(secrets)).toEqual(secrets);
    expect(secretsOf(secrets, undefined)).toEqual(secrets); // Pulumi does not say what is encrypted
  });

  it.each<[string, unknown, string[] | undefined, [string, string, string]]>([
    [
      "one secret in place of a table",
      "hunter2",
      ["secrets"],
      [
        "kluster:secrets",
        "not a table",
        `pulumi config rm --stack dev kluster:secrets, then for each secret: ${set("NAME")}`,
      ],
    ],
    [
      "broken JSON",
      '{"wifi": "hunter2"',
      ["secrets"],
      ["kluster:secrets", "not a table", expect.stringContaining(set("NAME"))],
    ],
    ["a list", ["hunter2"], ["secrets"], ["kluster:secrets", "not a table", expect.any(String)]],
    [
      "plain text",
      { wifi: "hunter2" },
      ["modules"],
      [
        "kluster:secrets",
        "in plain text, for everybody who sees this file",
        `choose other secrets, then: ${set("wifi")}`,
      ],
    ],
    [
      "a name that is none",
      { "../wifi": "hunter2" },
      ["secrets"],
      ["kluster:secrets.../wifi", "not a name for a secret", `give it another name: ${set("NAME")}`],
    ],
    ["a number", { wifi: 4711 }, ["secrets"], ["kluster:secrets.wifi", "not text", set("wifi")]],
    [
      "a table in a table",
      { wifi: { key: "hunter2" } },
      ["secrets"],
      ["kluster:secrets.wifi", "not text", set("wifi")],
    ],
    ["nothing", { wifi: "" }, ["secrets"], ["kluster:secrets.wifi", "empty", set("wifi")]],
    [
      "a NUL",
      { wifi: "hunter2\0" },
      ["secrets"],
      ["kluster:secrets.wifi", "a NUL character is in it", set("wifi")],
    ],
  ])("are refused with the next step for %s, and never shown", (_, secrets, keys, expected) => {
    const { problems, message } = refusal(secrets, keys);
    expect(problems.map(({ key, what, next }) => [key, what, next])).toEqual([expected]);
    expect(message).not.toMatch(/hunter2|4711/);
  });

  it("are in no message, whatever is wrong with them", () => {
    const name = fc.oneof(fc.stringMatching(/^[a-z]{1,3}$/), fc.string({ maxLength: 5 }));
    const value = fc.oneof(
      fc.constant("hunter2"),
      fc.constant(["hunter2"]),
      fc.constant({ a: "hunter2" }),
      fc.constant(""),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.boolean(), (secrets, encrypted) => {
        try {
          expect(secretsOf(secrets, encrypted ? ["secrets"] : [])).toEqual(secrets);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          expect(error.message).not.toContain("hunter2");
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("what Pulumi keeps encrypted", () => {
  it("is known by its keys", () =>
    expect(
      secretKeys({ PULUMI_CONFIG_SECRET_KEYS: '["hcloud:token", "kluster:secrets", "other:kluster:x"]' }),
    ).toEqual(["secrets"]));

  it("may be unknown", () => expect(secretKeys({})).toBeUndefined());
});
