import { parseHardware, requireMemory } from "../../../provider/nixos/hardware";

test("reads what the machine says of itself", () => {
  const text =
    "boot=b1\nmemory=1985000\npublic_mac=96:00:00:00:00:01\nnoise\ndisk=/dev/disk/by-path/pci-0000:06:00.0-scsi-0:0:0:0\n";
  expect(parseHardware(text)).toEqual({
    bootId: "b1",
    memory: 1985000,
    publicMac: "96:00:00:00:00:01",
    disk: "/dev/disk/by-path/pci-0000:06:00.0-scsi-0:0:0:0",
  });
});

test("a machine that is sold with 2 GB is large enough for the installer", () => {
  expect(() => requireMemory("sam", { memory: 1_900_000 })).not.toThrow();
});

test.each([
  [984_000, "984 MB"],
  [1_799_000, "1799 MB"],
  [0, "0 MB"],
])("%d kB of memory are refused before anything is changed, with the way out", (memory, text) => {
  expect(() => requireMemory("sam", { memory })).toThrow(
    `sam has ${text} of memory, but the installer needs 1800 MB`,
  );
  expect(() => requireMemory("sam", { memory })).toThrow(/Nothing was changed.*kluster:serverTypes/);
});
