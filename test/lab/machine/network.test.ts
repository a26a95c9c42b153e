import fc from "fast-check";
import { interfaceName, portName } from "../../../lab/machine/network";

test("interfaces have the names that VirtualBox's PCI slots lead to", () => {
  expect([1, 2, 3].map(interfaceName)).toEqual(["enp0s3", "enp0s8", "enp0s9"]);
});

test("the lab's ends of cables have names that Linux takes, different for every machine and slot", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 20 }), (uuids) => {
      const names = uuids.flatMap((uuid) => [1, 2].map((slot) => portName(uuid, slot)));
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^vm[0-9a-z]{1,13}$/);
    }),
  );
});
