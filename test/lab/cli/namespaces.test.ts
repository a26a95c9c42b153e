import { enterArguments } from "../../../lab/cli/enter";
import { findInit, isInit } from "../../../lab/cli/namespaces";

describe("the lab's init", () => {
  test.each([
    [true, ["/bin/bash", "/x/lab/cli/init.sh", "kluster-lab", "/state"]],
    [false, ["/bin/bash", "/x/lab/cli/init.sh", "kluster-lab", "/other"]],
    [false, ["unshare", "--fork", "/x/lab/cli/init.sh", "kluster-lab", "/state"]],
    [false, ["grep", "kluster-lab", "/state"]],
    [false, []],
  ])("is recognised (%s) by %j", (expected, words) => {
    expect(isInit({ pid: 7, arguments: words }, "/state")).toBe(expected);
  });

  test("is not found where there is none", () => {
    expect(findInit("/nowhere/at/all")).toBeUndefined();
  });
});

describe("entering the lab", () => {
  test("joins all its namespaces, in the caller's folder, and dies with the caller", () => {
    expect(enterArguments(4711, "/here", ["kubectl", "get", "nodes"]).join(" ")).toBe(
      "--pdeathsig TERM -- nsenter --target 4711 --mount --net --pid --ipc --uts --wd=/here -- " +
        "setpriv --pdeathsig TERM -- kubectl get nodes",
    );
  });

  test("is a plain call for who is inside already", () => {
    expect(enterArguments(1, "/here", ["true"])).not.toContain("nsenter");
  });
});
