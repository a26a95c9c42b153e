import { nspawnArguments } from "../../../lab/machine/container";

const plan = {
  root: "/run/machine/ram",
  network: "/run/netns/machine",
  name: "vm1",
  groups: [],
  binds: { "/usr": "/usr", "/opt/kluster-lab/guest": "/c:d/guest" },
  writable: { "/opt/kluster-lab/kexec": "/run/machine/kexec" },
  command: ["/bin/sh", "/stage-1", "/init"],
};

test("nspawn is asked for what a kubelet, containerd and kube-proxy need", () => {
  expect(nspawnArguments({ ...plan, groupTree: "/run/machine/cgroup" })).toEqual(
    expect.arrayContaining([
      "--capability=all",
      "--system-call-filter=@keyring",
      "--bind=/dev/kmsg",
      "--bind=/run/machine/cgroup:/sys/fs/cgroup",
    ]),
  );
});

test("nspawn mounts control groups itself where the box has the second version alone", () => {
  expect(nspawnArguments(plan).join(" ")).not.toContain("/sys/fs/cgroup");
});

test("paths with colons stay whole, and the command comes last", () => {
  const words = nspawnArguments(plan);
  expect(words).toContain("--bind-ro=/c\\:d/guest:/opt/kluster-lab/guest");
  expect(words).toContain("--bind=/run/machine/kexec:/opt/kluster-lab/kexec");
  expect(words.slice(-3)).toEqual(plan.command);
});
