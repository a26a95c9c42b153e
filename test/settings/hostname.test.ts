import * as fc from "fast-check";
import { hostnameFault, nearestHostname } from "../../settings/hostname";

describe("a host", () => {
  it.each(["il", "a", "node-1", "1a", "x".repeat(63)])("may be called %s", (name) =>
    expect(hostnameFault(name)).toBeUndefined(),
  );

  it.each(["", "Il", "node_1", "-a", "a-", "a.b", "é", "a b", "x".repeat(64), "__proto__"])(
    "may not be called %p, which is no DNS label",
    (name) => expect(hostnameFault(name)).toBe("not a DNS label in lower case"),
  );

  it.each(["10", "0", "0x", "0xa", "0xff"])(
    "may not be called %s, which resolvers take for an address",
    (name) => expect(hostnameFault(name)).toMatch(/number/),
  );

  it.each(["localhost", "constructor"])("may not be called %s, which means something else already", (name) =>
    expect(hostnameFault(name)).toMatch(/already|own/),
  );
});

describe("the nearest right name", () => {
  it.each([
    ["Il", "il"],
    ["node_1", "node-1"],
    ["-a.b-", "a-b"],
    ["10", "node-10"],
    ["localhost", "node-localhost"],
    ["", undefined],
    ["___", undefined],
  ])("of %p is %p", (name, nearest) => expect(nearestHostname(name)).toBe(nearest));

  it("is right, whatever the wrong one was", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (name) => {
        const nearest = nearestHostname(name);
        if (nearest !== undefined) expect(hostnameFault(nearest)).toBeUndefined();
      }),
    );
  });
});
