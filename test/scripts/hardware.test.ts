import { parseHardware } from "../../provider/nixos/hardware";
import { describeWithMounts, runScript } from "./private-mounts";

const path = "/dev/disk/by-path";

/** Links and devices below /dev: [link, device, number], number "root" for the one that / is on. */
type Link = [link: string, device: string, number: string];

function hardware(links: Link[], sshConnection = "192.0.2.1 50000 127.0.0.1 22") {
  const devices = links.map(([link, device, number]) => {
    const numbers = number === "root" ? "$(mountpoint -d / | tr : ' ')" : number;
    return `[ -e /dev/${device} ] || mknod /dev/${device} b ${numbers}; ln -s ../../${device} "${path}/${link}"`;
  });
  return runScript("hardware.sh", {
    empty: ["/dev"],
    before: ["mknod -m 666 /dev/null c 1 3", `mkdir -p ${path}`, ...devices].join("\n"),
    env: { SSH_CONNECTION: sshConnection },
  });
}

const sda: Link = ["pci-0000:06:00.0-scsi-0:0:0:0", "sda", "8 0"];
const sdb: Link = ["pci-0000:06:00.0-scsi-0:0:0:1", "sdb", "8 16"];
const cd: Link = ["pci-0000:00:1f.2-ata-1", "sr0", "11 0"];

describeWithMounts("what a machine says of its hardware", () => {
  test("has the disk that / is on, though there are others", () => {
    const root: Link = ["pci-0000:06:00.0-scsi-0:0:0:1-part1", "sdb1", "root"];
    const { code, stdout } = hardware([sda, sdb, root]);
    expect([code, parseHardware(stdout).disk]).toEqual([0, `${path}/pci-0000:06:00.0-scsi-0:0:0:1`]);
  });

  test("has the only disk where / is in memory, and takes no CD drive for one", () => {
    const { code, stdout } = hardware([cd, sda]);
    expect([code, parseHardware(stdout).disk]).toEqual([0, `${path}/pci-0000:06:00.0-scsi-0:0:0:0`]);
  });

  test("has always the same of several names of a disk, and none that only some systems know", () => {
    const { stdout } = hardware([
      ["pci-0000:00:0d.0-ata-1.0", "sda", "8 0"],
      ["pci-0000:00:0d.0-ata-1", "sda", "8 0"],
      ["virtio-pci-0000:00:0d.0", "sda", "8 0"],
    ]);
    expect(parseHardware(stdout).disk).toBe(`${path}/pci-0000:00:0d.0-ata-1`);
  });

  test.each<[string, Link[], string]>([
    [
      "two disks and / on none of them",
      [sda, sdb],
      `on no partition of a disk, and with 2 disks here it is not known which one is meant: ${path}/`,
    ],
    [
      "/ on a disk without partitions beside another",
      [["pci-0000:06:00.0-scsi-0:0:0:2", "sdc", "root"], sda],
      "/ is on no partition of a disk",
    ],
    ["no disk", [cd], "with 0 disks here it is not known which one is meant: none"],
  ])("is a failure that names what is there: %s", (_, links, words) => {
    const { code, stderr } = hardware(links);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  test("has the network card that the login came in by", () => {
    const { stdout } = hardware([sda], "2001:db8::1 50000 ::1 22");
    expect(parseHardware(stdout)).toMatchObject({
      publicMac: "00:00:00:00:00:00", // that of the loopback interface
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(parseHardware(stdout).memory).toBeGreaterThan(100_000);
    const { code, stderr } = hardware([sda], "192.0.2.1 50000 192.0.2.77 22");
    expect([code, stderr]).toEqual([
      1,
      "no network card of this machine has the address 192.0.2.77, although a login came in by it\n",
    ]);
  });
});
