import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { growDisk, makeDebianDisk } from "../../../lab/machine/debian-disk";
import { run } from "../../../provider/process";
import { describeInLab } from "./lab-under-test";

const megabyte = 1 << 20;

describeInLab("the disk with the stock Debian", () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-disk-"));
  const disk = join(folder, "disk.img");
  afterAll(() => rmSync(folder, { recursive: true }));
  const root = (request: string) =>
    execFileSync("debugfs", ["-R", request, `${disk}?offset=${2 * megabyte}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });

  test("has room for GRUB, a root that fills the rest, and what boots in it", async () => {
    await makeDebianDisk(run, disk, 20_000 * megabyte);
    expect(statSync(disk).size).toBe(20_000 * megabyte);
    expect(statSync(disk).blocks * 512).toBeLessThan(1000 * megabyte); // holes where there is nothing
    const table = execFileSync("parted", ["-sm", disk, "unit", "MiB", "print"], { encoding: "utf8" });
    expect(table.split("\n").slice(2, 4)).toEqual([
      "1:1.00MiB:2.00MiB:1.00MiB::bios:bios_grub;",
      "2:2.00MiB:19999MiB:19997MiB:ext4:debian:;",
    ]);
    expect(root("cat /boot/lab-entry")).toBe("/opt/kluster-lab/guest/debian\n");
    expect(root("cat /etc/os-release")).toContain("\nID=debian\n");
    expect(root("stat /etc/shadow")).toMatch(/Mode: +0640[^]*User: +0 +Group: +0 /);
  });

  test("becomes bigger and never smaller", async () => {
    await growDisk(disk, 30_000 * megabyte);
    await growDisk(disk, 10_000 * megabyte);
    expect(statSync(disk).size).toBe(30_000 * megabyte);
    expect(root("cat /boot/lab-entry")).toContain("debian");
  });

  test.each([0, 63 * megabyte, 100 * megabyte + 1])("is refused with %i bytes", async (bytes) => {
    const refused = join(folder, `refused-${bytes}`);
    await expect(makeDebianDisk(run, refused, bytes)).rejects.toThrow(
      "whole megabytes are needed, 64 of them at least",
    );
    expect(existsSync(refused)).toBe(false);
  });
});
