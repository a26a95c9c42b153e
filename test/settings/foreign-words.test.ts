import { foreignKey, isForAll } from "../../settings/foreign-words";
import { HOST_KEYS, INVENTORY_KEYS, STACK_KEYS } from "../../settings/keys";
import { INVENTORY, problemsOf } from "./project";

describe("a word of another tool's inventory", () => {
  it.each([
    ["address", "host"],
    ["ip", "host"],
    ["ansible_host", "host"],
    ["targetHost", "host"],
    ["cores", "cpus"],
    ["RAM", "memory"],
    ["datacenter", "locations"],
    ["server_type", "server_types"],
    ["imports", "modules"],
  ])("of a host: %s is %s", (word, key) => expect(foreignKey(word, HOST_KEYS)).toBe(key));

  it.each([
    ["nodes", INVENTORY_KEYS, "hosts"],
    ["podCIDR", STACK_KEYS, "pods"],
    ["region", STACK_KEYS, "locations"],
  ])("elsewhere: %s", (word, keys, key) => expect(foreignKey(word, keys)).toBe(key));

  it("means nothing where its key can't stand", () =>
    expect(foreignKey("address", STACK_KEYS)).toBeUndefined());

  it.each([...HOST_KEYS, ...INVENTORY_KEYS])("is never a key of our own: %s", (key) =>
    expect(
      isForAll(key) ||
        foreignKey(
          key,
          STACK_KEYS.filter((other) => !(HOST_KEYS as readonly string[]).includes(other)),
        ),
    ).toBeFalsy(),
  );

  it("is answered by the key that is meant", () =>
    expect(problemsOf({ toml: `${INVENTORY}address = "192.168.56.12"` })[0]).toMatchObject({
      key: "hosts.ee.address",
      next: 'did you mean "host"? Rename it, or take it out: delete address under [hosts.ee] in hosts.toml',
    }));

  it.each(["defaults", "all", "default"])("for all hosts (%s) is answered by where that stands", (word) =>
    expect(problemsOf({ toml: `[${word}.hosts]\nmemory = 4096\n${INVENTORY}` })).toEqual([
      expect.objectContaining({
        key: word,
        what: "there is no such table: what holds for every host stands in the stack's configuration",
        next: `delete ${word} in hosts.toml, and set each of its keys there, such as: pulumi config set --stack dev kluster:memory 4096`,
      }),
    ]),
  );
});
