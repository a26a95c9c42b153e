import {
  checkSpec,
  machineOptions,
  MachineSpec,
  networkOptions,
  SpecError,
} from "../../../provider/virtualbox/spec";
import { SPEC } from "./sample";

const bad = (change: Partial<MachineSpec>): string => {
  try {
    checkSpec({ ...SPEC, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(SpecError);
    return (error as Error).message;
  }
  return "";
};

test("a proper machine is accepted", () => {
  expect(bad({})).toBe("");
});

test.each<[Partial<MachineSpec>, RegExp]>([
  [{ uuid: "34608CB9-8bdf-403a-b384-0f8605ec39a2" }, /uuid.*lower case/],
  [{ uuid: "" }, /uuid/],
  [{ name: "--name" }, /name is "--name"/],
  [{ name: "a/b" }, /name is "a\/b"/],
  [{ stackId: "x,/other" }, /stackId is "x,\/other"/],
  [{ baseFolder: "vms" }, /baseFolder.*absolute/],
  [{ memory: 0 }, /memory is 0/],
  [{ memory: 2048.5 }, /memory is 2048.5.*whole/],
  [{ cpus: 65 }, /cpus is 65.*from 1 to 64/],
  [{ disk: NaN }, /disk is NaN/],
  [{ macs: { egress: "08:00:27:00:00:01", cluster: "09:00:27:00:00:02" } }, /cluster MAC.*unicast/],
  [{ macs: { egress: "08:00:27:00:00:01", cluster: "08:00:27:00:00:01" } }, /both network interfaces/],
  [{ network: { kind: "bridged", interface: "" } }, /bridged interface has no name/],
])("%j is refused with what is wrong", (change, text) => {
  expect(bad(change)).toMatch(text);
});

test("all that is wrong is told at once", () => {
  expect(bad({ memory: -1, cpus: 0, name: "" }).split("; ")).toHaveLength(3);
});

test("options of modifyvm name NAT first and the cluster's network second, in VirtualBox's spelling of MACs", () => {
  expect(networkOptions(SPEC).join(" ")).toBe(
    "--nic1 nat --nictype1 virtio --macaddress1 080027000001 " +
      "--nic2 hostonly --hostonlyadapter2 vboxnet0 --nictype2 virtio --macaddress2 0800270000AB",
  );
  expect(networkOptions({ ...SPEC, network: { kind: "bridged", interface: "eth0" } }).join(" ")).toContain(
    "--nic2 bridged --bridgeadapter2 eth0 --nictype2 virtio",
  );
});

test("a new machine boots the installer before its empty disk", () => {
  expect(machineOptions(SPEC).join(" ")).toContain("--boot1 dvd --boot2 disk --boot3 none --boot4 none");
});
