import { Run } from "../../../provider/process";
import { kvmAdvice } from "../../../provider/virtualbox/kvm";
import { checkPlatform } from "../../../provider/virtualbox/platform";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { compareVersions, parseVersion } from "../../../provider/virtualbox/version";
import { DRIVER_WARNING, real } from "./transcript";

const linux = { platform: "linux", arch: "x64", kernel: "6.1.0-31-amd64" };
const printing = (stdout: string) => new VBoxManage(async () => ({ code: 0, stdout, stderr: "" }));

test("a real 7.2 on Linux is fine", async () => {
  const platform = await checkPlatform(printing(real("--version").stdout), linux);
  expect(platform.version).toEqual({ major: 7, minor: 2, patch: 22, text: "7.2.22_Debianr175245" });
  expect(platform.warnings).toEqual([]);
});

test.each([
  [{ platform: "darwin", arch: "arm64" }, /macOS/],
  [{ platform: "win32", arch: "x64" }, /Windows/],
  [{ platform: "freebsd", arch: "x64" }, /freebsd/],
  [{ platform: "linux", arch: "arm64" }, /arm64/],
])("%j is refused by name, without VirtualBox being asked, and with what to do", async (host, text) => {
  const never = new VBoxManage(() => Promise.reject(new Error("VBoxManage was called")));
  const attempt = checkPlatform(never, { ...linux, ...host });
  await expect(attempt).rejects.toThrow(text);
  await expect(attempt).rejects.toThrow(/Run this on a Linux computer with an x86-64 processor/);
});

test("a VBoxManage that is not there is refused with what to install", async () => {
  const run: Run = () => Promise.reject(Object.assign(new Error(), { code: "ENOENT" }));
  await expect(checkPlatform(new VBoxManage(run), linux)).rejects.toThrow(/Install VirtualBox 7/);
});

test.each(["6.1.50r161033", "5.2.44"])("%s is too old, and it is said what is needed", async (version) => {
  await expect(checkPlatform(printing(version), linux)).rejects.toThrow(/too old: 7\.0 or newer/);
});

test.each(["7.3.0r1", "8.0.2", "10.1.0"])("%s is newer than known: used, with a warning", async (version) => {
  const { warnings } = await checkPlatform(printing(version), linux);
  expect(warnings).toEqual([expect.stringContaining(`VirtualBox ${version} is newer`)]);
});

test.each([
  ["7.2.0r170228", 1],
  ["7.1.12r169651", 0],
  ["7.2.2r170484", 0],
])("whether the NAT of %s gives machines a name server that they cannot reach", async (version, count) => {
  const { warnings } = await checkPlatform(printing(version), linux);
  expect(warnings).toHaveLength(count);
  if (count) expect(warnings[0]).toMatch(/127\.0\.0\.53.*7\.2\.2 or newer/);
});

test("a driver that is not loaded is a warning with the remedy", async () => {
  const { warnings } = await checkPlatform(printing(DRIVER_WARNING + real("--version").stdout), linux);
  expect(warnings).toEqual([expect.stringContaining("vboxconfig")]);
});

test("something else that goes by the name of VBoxManage is told by what it prints", async () => {
  await expect(checkPlatform(printing("hello"), linux)).rejects.toThrow(/printed no version but: hello/);
});

test.each([
  ["7.0.0", "7.0.0", 0],
  ["7.2.9", "7.2.10", -1],
  ["7.10.0", "7.2.22", 1],
  ["10.0.0", "9.9.9", 1],
])("%s against %s is %i", (one, other, sign) => {
  expect(Math.sign(compareVersions(parseVersion(one)!, parseVersion(other)!))).toBe(sign);
});

describe("the advice about KVM depends on VirtualBox and on the kernel", () => {
  test.each([
    ["7.0.26", "6.12.3-amd64", /kvm\.enable_virt_at_load=0/],
    ["7.2.8", "7.0.1", /kvm\.enable_virt_at_load=0/],
    ["7.2.10", "6.12.3-amd64", /kvm\.enable_virt_at_load=1/],
    ["7.2.22_Debianr175245", "7.1.0", /kvm\.enable_virt_at_load=1/],
    ["7.0.26", "6.1.0-31-amd64", /^(?!.*enable_virt_at_load).*modprobe -r/],
  ])("%s on Linux %s", (version, kernel, text) => {
    expect(kvmAdvice(parseVersion(version)!, kernel)).toMatch(text);
  });
});
