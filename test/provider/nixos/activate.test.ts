import { ActivationError, judge } from "../../../provider/nixos/activate";

const path = "/nix/store/abc-nixos-system-il";

test("exit code 0 is success without a word", () => {
  expect(judge(0, "starting the following units: a", path)).toEqual([]);
});

test("exit code 4 is an active system with failed units, which are told", () => {
  expect(judge(4, "warning: the following units failed: kubelet.service\n", path)).toEqual([
    "activated, with failed units:\nwarning: the following units failed: kubelet.service",
  ]);
});

test.each([
  [
    1,
    "switch-to-configuration test of /nix/store/abc-nixos-system-il ended with 1; the boot default is still the old system",
  ],
  [2, "ended with 2"],
  [100, "cannot be activated on the running machine, only by a reboot"],
  [101, "ended with 101"],
])("exit code %d is a failure that says so", (code, text) => {
  expect(() => judge(code, "its words", path)).toThrow(ActivationError);
  expect(() => judge(code, "its words", path)).toThrow(text);
  expect(() => judge(code, "its words", path)).toThrow("its words");
});
