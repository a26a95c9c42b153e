import { systemChanges } from "../../../provider/nixos/changes";
import {
  disturbsPods,
  partsNodes,
  takesApiDown,
  upgradesKubernetes,
} from "../../../provider/nixos/disturbance";
import { Described, Summary, summarize } from "../../../provider/nixos/summary";

const of = (described: Partial<Described>): Summary =>
  summarize("/nix/store/s", {
    ...{ kernel: null, kernelVersion: "", initrd: null, kernelParams: [], kernelModules: [], inhibitors: {} },
    ...{ packages: {}, units: {} },
    ...described,
  });
const unit = (name: string, text: string) =>
  of({
    units: { [name]: { text: `[Service]\nExecStart=/a\n${text}`, wantedBy: ["a.target"], requiredBy: [] } },
  });
const disturbs = (before: Summary, after: Summary) =>
  disturbsPods(before, after, systemChanges(before, after));
const versions = (...kubernetes: string[]) => of({ packages: { kubernetes } });

test.each([
  ["containerd.service", ["containerd.service restarts"]],
  ["flannel.service", ["flannel.service restarts"]],
  ["systemd-networkd.service", ["systemd-networkd.service restarts"]],
  ["kubelet.service", []],
  ["kube-proxy.service", []],
  ["firewall.service", []],
  ["sshd.service", []],
])("another %s: %j", (name, reasons) => {
  expect(disturbs(unit(name, ""), unit(name, "Nice=1\n"))).toEqual(reasons);
});

test("one that goes, and one that reads its files anew, disturb likewise", () => {
  expect(disturbs(unit("containerd.service", ""), of({}))).toEqual(["containerd.service stops"]);
  const networks = (path: string) => unit("systemd-networkd.service", `[Unit]\nX-Reload-Triggers=${path}\n`);
  expect(disturbs(networks("/1"), networks("/2"))).toEqual(["systemd-networkd.service is reloaded"]);
});

test.each<[string[], string[], string[], boolean]>([
  [["1.36.1"], ["1.36.2"], [], false],
  [["1.36.1"], ["1.37.0"], ["Kubernetes 1.36.1 → 1.37.0"], true],
  [["1.9.1"], ["1.10.0"], ["Kubernetes 1.9.1 → 1.10.0"], true],
  [["1.37.0"], ["1.36.1"], ["Kubernetes 1.37.0 → 1.36.1"], false],
  [["1.36.1"], ["1.36.1", "1.37.0"], [], false],
  [[], ["1.37.0"], [], false],
])("Kubernetes %j → %j", (before, after, reasons, upgrade) => {
  expect(disturbs(versions(...before), versions(...after))).toEqual(reasons);
  expect(upgradesKubernetes(versions(...before), versions(...after))).toBe(upgrade);
});

describe("nodes that have changed do not hear those that have not", () => {
  const mesh = unit("wireguard-wg0.service", "");
  const units = (before: Summary, after: Summary) => systemChanges(before, after).units;

  test.each([
    ["with another address", undefined, [], true, ["its address is another"]],
    ["with another key", undefined, ["wireguard-key", "wifi"], false, ["its WireGuard key is another"]],
    ["when WireGuard comes", units(of({}), mesh), [], false, ["wireguard-wg0.service is another"]],
    ["when it goes", units(mesh, of({})), [], false, ["wireguard-wg0.service is another"]],
    [
      "unlike with another peer",
      units(mesh, { ...mesh, units: { ...mesh.units, ...unit("wireguard-wg0-peer-mo.service", "").units } }),
      [],
      false,
      [],
    ],
    ["unlike with another secret", undefined, ["wifi"], false, []],
  ])("%s", (_, units, secrets, moves, reasons) => {
    expect(partsNodes(units, secrets, moves)).toEqual(reasons);
  });
});

test("the API is away while it or etcd restarts", () => {
  const restart = ["etcd.service", "kube-apiserver.service", "kubelet.service"];
  expect(takesApiDown(restart)).toEqual(restart.slice(0, 2));
});
