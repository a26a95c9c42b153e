/** What a failed call of VBoxManage means. */
export type Fault =
  | "not-installed"
  | "missing"
  | "inaccessible"
  | "no-service"
  | "locked"
  | "busy"
  | "not-running"
  | "driver-not-loaded"
  | "kvm-conflict"
  | "no-virtualization"
  | "hostonly-range"
  | "scancodes"
  | "exists"
  | "in-use"
  | "file-missing"
  | "no-such-interface"
  | "failed";

interface Sign {
  fault: Fault;
  text: RegExp;
  /** First arguments of the calls that it holds for; all calls where left out. */
  commands?: string[];
}

/**
 * Texts by which VBoxManage tells what went wrong, the most telling first: exit codes say next to nothing, and
 * one code (E_ACCESSDENIED, NS_ERROR_FAILURE) stands for many things.
 */
const SIGNS: Sign[] = [
  { fault: "kvm-conflict", text: /VERR_VMX_IN_VMX_ROOT_MODE|VERR_SVM_IN_USE|VERR_SVM_HOST_SVME_NOT_ENABLED/ },
  {
    fault: "no-virtualization",
    text: /VERR_VMX_NO_VMX|VERR_VMX_MSR_\w*DISABLED|VERR_SVM_NO_SVM|VERR_SVM_DISABLED|VERR_NEM_NOT_AVAILABLE/,
  },
  {
    fault: "driver-not-loaded",
    text: /\/dev\/vboxnetctl|\/dev\/vboxdrv|VERR_VM_DRIVER_NOT_INSTALLED|VERR_VM_DRIVER_OPEN_ERROR|kernel driver not installed/i,
  },
  { fault: "no-service", text: /COM server is not running or failed to start/ },
  { fault: "scancodes", text: /VERR_PDM_NO_QUEUE_ITEMS|Failed to send a scancode/ },
  { fault: "hostonly-range", text: /not within the allowed ranges/i },
  { fault: "hostonly-range", text: /E_ACCESSDENIED/, commands: ["hostonlyif"] },
  { fault: "not-running", text: /is not currently running/ },
  {
    fault: "locked",
    text: /already locked (?:for|by) a session|lock request pending|while it is locked|is being (?:un)?locked/i,
  },
  { fault: "missing", text: /Could not find a registered machine/ },
  {
    fault: "no-such-interface",
    text: /host network interface (?:named|of name|with) .* could not be found|Nonexistent host networking interface|VERR_INTNET_FLT_IF_NOT_FOUND/i,
  },
  { fault: "file-missing", text: /VERR_FILE_NOT_FOUND|VERR_PATH_NOT_FOUND/ },
  { fault: "exists", text: /VERR_ALREADY_EXISTS|already exists/ },
  { fault: "in-use", text: /VBOX_E_OBJECT_IN_USE|still attached to/ },
  // A running machine has it; of a disk it may be the machine that just went off.
  { fault: "in-use", text: /is locked for reading by another task/, commands: ["closemedium"] },
  // VirtualBox knows the machine's UUID and where its settings should be, and no more.
  { fault: "inaccessible", text: /functionality is limited/i },
  { fault: "busy", text: /object is not ready|VBOX_E_INVALID_OBJECT_STATE|VBOX_E_INVALID_VM_STATE/i },
  // Right after a power-off VirtualBox answers so until the old session is gone.
  { fault: "locked", text: /E_ACCESSDENIED/ },
  {
    fault: "missing",
    text: /VBOX_E_OBJECT_NOT_FOUND/,
    commands: ["showvminfo", "unregistervm", "showmediuminfo", "closemedium"],
  },
];

/** Finds out what a failed call means from all that it said. */
export function classify(args: readonly string[], text: string): Fault {
  const sign = SIGNS.find(
    ({ text: pattern, commands }) => pattern.test(text) && (!commands || commands.includes(args[0] ?? "")),
  );
  return sign?.fault ?? "failed";
}

/** Faults that can pass by themselves within seconds. */
export const PASSING: ReadonlySet<Fault> = new Set(["locked", "busy", "no-service"]);

const REMEDIES: Partial<Record<Fault, string>> = {
  "not-installed": "Install VirtualBox 7.x and see to it that VBoxManage is on PATH.",
  "driver-not-loaded":
    "VirtualBox's kernel modules are not loaded. Load them with `sudo modprobe vboxdrv vboxnetadp vboxnetflt`; where that " +
    "fails, build them with `sudo /sbin/vboxconfig` (needs the headers of the running kernel; with Secure Boot the modules must be signed).",
  "kvm-conflict":
    "KVM holds the processor's virtualization. Stop QEMU/KVM machines. Before VirtualBox 7.2.10 on Linux 6.12 or newer: boot with " +
    "`kvm.enable_virt_at_load=0`. From VirtualBox 7.2.10 on it is the reverse: it must be 1, the kernel's default, so remove what sets it to 0.",
  "no-virtualization":
    "Switch on VT-x (Intel) or AMD-V/SVM (AMD) in the firmware set-up of this computer; inside another virtual machine, allow nested virtualization there.",
  "hostonly-range":
    "VirtualBox allows host-only addresses in 192.168.56.0/21 only. Choose a network in that range, or allow yours by a line " +
    "such as `* 10.0.0.0/8` in /etc/vbox/networks.conf.",
  "no-service":
    "VirtualBox's service (VBoxSVC) did not start in time, as on a very busy box. Run this again; where that does not help, see " +
    "~/.config/VirtualBox/VBoxSVC.log.",
  inaccessible:
    "VirtualBox cannot read the machine's settings: its drive is not mounted, or its folder is gone or broken. Bring that back, " +
    "and all is well. If it is lost, `VBoxManage unregistervm <machine>`, which deletes nothing, makes VirtualBox forget the " +
    "machine; `pulumi refresh` and `pulumi up` then make it anew. `pulumi destroy` does all of that by itself.",
  "no-such-interface":
    "The network card of this box that the machine is on is not there. A host-only one (vboxnet…): `pulumi refresh`, then " +
    "`pulumi up`, which makes it anew; if `VBoxManage list hostonlyifs` shows it, load VirtualBox's filter for it with " +
    "`sudo modprobe vboxnetflt`. A bridged one: `VBoxManage list bridgedifs` names those that are there; set `kluster:bridge`.",
  locked:
    "Another program (VirtualBox's window, the dialog with the machine's settings, another VBoxManage) holds the machine. " +
    "Close it, and run this again.",
};

/** The next step for this fault, where there is one to name. */
export function remedyFor(fault: Fault): string | undefined {
  return REMEDIES[fault];
}

/** A call of VBoxManage failed. */
export class VBoxManageError extends Error {
  constructor(
    /** What the failure means. */
    readonly fault: Fault,
    readonly args: readonly string[],
    /** VBoxManage's own words. */
    readonly reason: string,
    /** What else helps whoever reads it: the remedy, the machine's state, its log. */
    readonly advice: readonly string[] = [],
  ) {
    super([`VBoxManage ${args.join(" ")}: ${reason}`, ...advice].join("\n"));
    this.name = "VBoxManageError";
  }

  /** The same failure with more to go by. */
  with(...advice: (string | undefined)[]): VBoxManageError {
    const added = advice.filter((line): line is string => !!line);
    return new VBoxManageError(this.fault, this.args, this.reason, [...this.advice, ...added]);
  }
}

/** Whether this is a failed call of VBoxManage that means one of `faults`. */
export function isFault(error: unknown, ...faults: Fault[]): error is VBoxManageError {
  return error instanceof VBoxManageError && faults.includes(error.fault);
}

/** Whether this is a failed call of VBoxManage that may succeed when repeated. */
export function mayPass(error: unknown): boolean {
  return error instanceof VBoxManageError && PASSING.has(error.fault);
}
