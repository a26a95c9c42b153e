import * as fc from "fast-check";
import { formerly, logicalName, Purpose } from "../../components/logical-name";
import { hostnameFault } from "../../settings/hostname";

/** Names that the inventory takes, among them such as look like something of another host or of the cluster. */
const host = fc
  .oneof(
    fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/),
    fc.constantFrom(
      "api",
      "dns",
      "ready",
      "api-ready",
      "il",
      "il-boot",
      "il-boot-boot",
      "operator",
      "cluster",
    ),
  )
  .filter((name) => hostnameFault(name) === undefined);
const role = fc.constantFrom("boot", "boot-boot", "ready", "ipv4", "api-ready", "operator", "cluster", "il");
const purpose = fc.oneof(
  host.map((host): Purpose => ({ host })),
  role.map((role): Purpose => ({ role })),
  fc.record({ host, role }),
);

test("no two purposes share a name, whatever the hosts are called", () => {
  fc.assert(
    fc.property(purpose, purpose, (one, other) => {
      const same = one.host === other.host && one.role === other.role;
      expect(logicalName(one) === logicalName(other)).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

test("a purpose can be read from its name", () => {
  fc.assert(
    fc.property(purpose, (purpose) => {
      const [, host, role] = /^([^/]*)(?:\/(.*))?$/.exec(logicalName(purpose))!;
      expect({ host, role }).toEqual({ host: purpose.host ?? "", role: purpose.role });
    }),
  );
});

test("names are such as Pulumi takes in a URN, and one star of --target stands for all of one", () => {
  fc.assert(fc.property(purpose, (purpose) => expect(logicalName(purpose)).not.toMatch(/:|^$/)));
});

test("what had another name goes on with what the state has by it, unless that is another's", () => {
  expect(formerly("il-boot", ["il", "ee"])).toEqual({ aliases: [{ name: "il-boot" }] });
  expect(formerly("il-boot", ["il", "il-boot"])).toEqual({});
});
