import { classify, Fault, remedyFor } from "../../../provider/virtualbox/errors";
import { LOCKED } from "./fake-box";
import { real } from "./transcript";

const NO_SERVICE = `VBoxManage: error: Failed to create the VirtualBox object!
VBoxManage: error: Code NS_ERROR_FAILURE (0x80004005) - Operation failed (extended info not available)
VBoxManage: error: Most likely, the VirtualBox COM server is not running or failed to start.
`;

describe("what VBoxManage's failures mean", () => {
  test.each<[string, number, Fault]>([
    ["showvminfo nosuchvm", 0, "missing"],
    ["startvm nosuchvm", 0, "missing"],
    ["unregistervm kluster-dev-il", 1, "missing"],
    ["createvm", 1, "exists"],
    ["storagectl", 1, "exists"],
    ["createmedium", 1, "exists"],
    ["storageattach", 3, "file-missing"],
    ["closemedium", 0, "in-use"],
    ["controlvm kluster-dev-il poweroff", 0, "not-running"],
    ["controlvm kluster-dev-il keyboardputstring", 0, "not-running"],
    ["hostonlyif create", 0, "driver-not-loaded"],
    ["hostonlyif ipconfig", 0, "no-such-interface"],
    ["modifymedium", 1, "failed"],
    ["modifyvm kluster-dev-il --memory 1", 0, "failed"],
    ["startvm kluster-dev-il", 0, "failed"],
  ])("as 7.2 answers: %s (%i) is %s", (begin, nth, fault) => {
    const call = real(begin, nth);
    expect(call.exit).not.toBe(0);
    expect(classify(call.args, call.stderr)).toBe(fault);
  });

  test.each<[string, string, Fault]>([
    ["modifyvm", LOCKED, "locked"],
    ["startvm", "The machine 'il' is already locked by a session (or being locked or unlocked)", "locked"],
    [
      "unregistervm",
      "Cannot unregister the machine 'il' while it is locked\ncode VBOX_E_INVALID_OBJECT_STATE",
      "locked",
    ],
    ["modifyvm", "The machine 'il' already has a lock request pending", "locked"],
    ["modifyvm", "Code E_ACCESSDENIED (0x80070005) - Access denied (extended info not available)", "locked"],
    ["list", NO_SERVICE, "no-service"],
    ["modifyvm", "The object is not ready\ncode E_ACCESSDENIED (0x80070005)", "busy"],
    ["modifyvm", "The object functionality is limited\ncode E_ACCESSDENIED (0x80070005)", "inaccessible"],
    [
      "hostonlyif",
      "Code E_ACCESSDENIED (0x80070005) - Access denied (extended info not available)",
      "hostonly-range",
    ],
    ["startvm", "VirtualBox can't operate in VMX root mode (VERR_VMX_IN_VMX_ROOT_MODE)", "kvm-conflict"],
    ["startvm", "VirtualBox can't enable the AMD-V extension (VERR_SVM_IN_USE)", "kvm-conflict"],
    ["startvm", "SVM is not enabled (VERR_SVM_HOST_SVME_NOT_ENABLED)", "kvm-conflict"],
    [
      "startvm",
      "VT-x is disabled in the BIOS for all CPU modes (VERR_VMX_MSR_ALL_VMX_DISABLED)",
      "no-virtualization",
    ],
    ["startvm", "AMD-V is disabled in the BIOS (or by the host OS) (VERR_SVM_DISABLED)", "no-virtualization"],
    [
      "startvm",
      "Nonexistent host networking interface, name 'vboxnet0' (VERR_INTERNAL_ERROR)\nDetails: code NS_ERROR_FAILURE (0x80004005), component ConsoleWrap",
      "no-such-interface",
    ],
    [
      "startvm",
      "Failed to open/create the internal network 'HostInterfaceNetworking-vboxnet0' (VERR_INTNET_FLT_IF_NOT_FOUND).\nFailed to attach the network LUN (VERR_INTNET_FLT_IF_NOT_FOUND)",
      "no-such-interface",
    ],
    [
      "closemedium",
      "Medium '/nixos.iso' is locked for reading by another task\ncode VBOX_E_INVALID_OBJECT_STATE (0x80bb0007)",
      "in-use",
    ],
    [
      "closemedium",
      "Medium '/seed.vdi' is locked for writing by another task\ncode VBOX_E_INVALID_OBJECT_STATE (0x80bb0007)",
      "busy",
    ],
    ["controlvm", "Failed to send a scancode. VERR_PDM_NO_QUEUE_ITEMS", "scancodes"],
  ])("as others reported: %s with %j is %s", (verb, text, fault) => {
    expect(classify([verb], text)).toBe(fault);
  });

  test.each<[Fault, RegExp]>([
    ["driver-not-loaded", /vboxconfig/],
    ["kvm-conflict", /kvm\.enable_virt_at_load=0.*7\.2\.10.*1/],
    ["hostonly-range", /192\.168\.56\.0\/21.*\/etc\/vbox\/networks\.conf/],
    ["no-virtualization", /VT-x.*AMD-V/],
    ["locked", /VirtualBox's window/],
    ["inaccessible", /not mounted.*unregistervm.*deletes nothing/],
    ["not-installed", /Install VirtualBox 7/],
    ["no-service", /VBoxSVC.*busy/],
    ["no-such-interface", /vboxnet.*pulumi refresh.*vboxnetflt.*bridgedifs.*kluster:bridge/],
  ])("the remedy for %s is named", (fault, text) => {
    expect(remedyFor(fault)).toMatch(text);
  });
});
