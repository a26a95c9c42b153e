import fc from "fast-check";
import { AttachedDrive, driveTable, nameDrives } from "../../../lab/machine/drives";
import type { Drive } from "../../../lab/machine/hardware";

const attached = (kinds: Drive["kind"][]): AttachedDrive[] =>
  kinds.map((kind, port) => ({
    drive: { port, kind, file: `/images/${port}` },
    device: `loop${port}`,
    fd: -1,
  }));

describe("the names of drives", () => {
  test("are the first letters for disks, each once, in any order, and sr0, sr1, … for DVDs", () => {
    const kinds = fc.array(fc.constantFrom<Drive["kind"]>("disk", "dvd"), { maxLength: 8 });
    const random = fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true }));
    fc.assert(
      fc.property(kinds, random, (wanted, numbers) => {
        const names = nameDrives(attached(wanted), () => numbers.next().value);
        const of = (kind: Drive["kind"]) =>
          [...names].filter(([{ drive }]) => drive.kind === kind).map(([, name]) => name);
        expect(of("disk").sort()).toEqual(of("disk").map((_, i) => `sd${"abcdefgh"[i]}`));
        expect(of("dvd")).toEqual(of("dvd").map((_, i) => `sr${i}`));
      }),
    );
  });

  test("can be in every order", () => {
    const orders = new Set<string>();
    for (const number of [0, 0.4, 0.7])
      orders.add([...nameDrives(attached(["disk", "disk", "disk"]), () => number).values()].join());
    expect(orders).toEqual(new Set(["sda,sdb,sdc", "sdb,sda,sdc", "sdc,sdb,sda"]));
  });

  test("go to the machine with port and device", () => {
    const [disk, dvd] = attached(["disk", "dvd"]);
    expect(
      driveTable(
        new Map([
          [disk, "sdb"],
          [dvd, "sr0"],
        ]),
      ),
    ).toBe("0 sdb loop0\n1 sr0 loop1\n");
  });
});
