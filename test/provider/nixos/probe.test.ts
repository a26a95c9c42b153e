import { parseProbe } from "../../../provider/nixos/probe";
import { proveBoot } from "../../../provider/resources/installation";

const installed = {
  bootId: "b2",
  installer: false,
  onDisk: true,
  system: "/nix/store/s",
  profile: "/nix/store/s",
  identity: "i1",
};
const before = {
  ...installed,
  bootId: "b1",
  installer: true,
  onDisk: false,
  system: "",
  profile: "",
  identity: "",
};
const wanted = { identity: "i1", storePath: "/nix/store/s" };

test("reads what the machine says of itself", () => {
  const text =
    "boot=b2\ninstaller=no\nroot=8:2\ndisk=8:2\nsystem=/nix/store/s\nprofile=/nix/store/s\nidentity=i1\nnoise\n";
  expect(parseProbe(text)).toEqual(installed);
});

test("a disk that is not there holds no root file system", () => {
  expect(parseProbe("root=0:35\ndisk=\n").onDisk).toBe(false);
  expect(parseProbe("root=\ndisk=\n").onDisk).toBe(false);
});

test("a machine that boots what was installed leaves no doubt", () => {
  expect(proveBoot(before, installed, wanted)).toEqual([]);
});

test.each([
  [{ bootId: "b1" }, "it has not rebooted"],
  [{ installer: true }, "it runs the installer again"],
  [{ onDisk: false }, "its root file system is not on the disk that was installed"],
  [{ identity: "" }, "its disk does not carry the mark of this installation"],
  [{ system: "/nix/store/other" }, "it runs /nix/store/other and not /nix/store/s"],
  [{ system: "" }, "it runs no NixOS system and not /nix/store/s"],
])("%j speaks against it: %s", (change, doubt) => {
  expect(proveBoot(before, { ...installed, ...change }, wanted)).toEqual([doubt]);
});
