/** Limits imposed by Kubernetes, NixOS, VirtualBox and Hetzner Cloud. Sizes are MB of 2^20 bytes, as VirtualBox counts. */

/** Between what a number must lie, and why. */
export interface Limits {
  min: number;
  max: number;
  /** "MB" where it counts something. */
  unit?: string;
  /** Why not less. */
  because: string;
}

/** VirtualBox's "Maximum guest RAM size" (`VBoxManage list systemproperties`). */
const MOST_MEMORY = 2 * 1024 * 1024;

export const MASTER_MEMORY: Limits = {
  // kubeadm's constant ControlPlaneMem: "below that amount of RAM running a stable control plane would be difficult".
  min: 1700,
  max: MOST_MEMORY,
  unit: "MB",
  because: "kubeadm asks the same of a control plane",
};

export const NODE_MEMORY: Limits = {
  // An estimate: kubeadm states no floor for a node. NixOS with kubelet, containerd, flannel, kube-proxy and the
  // cluster's DNS takes more than half of it, and kubelet evicts pods when less than 100 MB are left.
  min: 1024,
  max: MOST_MEMORY,
  unit: "MB",
  because: "NixOS, kubelet and containerd leave no room for pods with less",
};

export const CPUS: Limits = {
  min: 1,
  // VirtualBox's "Maximum guest CPU count".
  max: 64,
  because: "a machine needs one",
};

export const DISK: Limits = {
  // One generation of NixOS with Kubernetes (3.5 GB), the system's images and a journal fill the 80 % of 6 GB that
  // kubelet's 15 % and ext4's 5 % leave. The second generation of an update wants 8 GB.
  min: 6144,
  // VirtualBox's "Virtual disk limit": 2 TB less 4 MB.
  max: Math.floor(2199022206976 / 1024 ** 2),
  unit: "MB",
  because: "NixOS with Kubernetes fills it up to where kubelet starts to evict pods",
};

export const PORT: Limits = { min: 1, max: 65535, because: "TCP ports start at 1" };

/** Ports that something else on the master listens at already. */
export const TAKEN_PORTS: ReadonlyMap<number, string> = new Map([
  [22, "SSH"],
  [2379, "etcd"],
  [2380, "etcd"],
  [10248, "kubelet"],
  [10249, "kube-proxy"],
  [10250, "kubelet"],
  [10251, "kube-scheduler"],
  [10252, "kube-controller-manager"],
  [10256, "kube-proxy"],
  [10257, "kube-controller-manager"],
  [10259, "kube-scheduler"],
]);

export const MAX_UNAVAILABLE: Limits = {
  min: 1,
  // A /16 of pods has a /24 for so many hosts.
  max: 256,
  because: "with none no machine could ever change",
};

export const CERTIFICATE_DAYS: Limits = {
  // A third of it is what is left for the `pulumi up` that renews: a month at least.
  min: 90,
  // That of the authorities, which end the certificates in any case.
  max: 3650,
  unit: "days",
  because: "the last third is when they are renewed, and the authorities last for ten years",
};

export const UDP_PORT: Limits = { min: 1, max: 65535, because: "UDP ports start at 1" };

/** UDP ports that something else on every machine listens at already. */
export const TAKEN_UDP_PORTS: ReadonlyMap<number, string> = new Map([
  [68, "DHCP"],
  [546, "DHCP for IPv6"],
  [8472, "flannel, whose VXLAN carries the pods' packets"],
]);

/** Kubernetes hands these out to services of type NodePort. */
export const NODE_PORTS = { from: 30000, to: 32767 };

/** How large a network may be, in leading bits that its addresses share: the fewer, the larger. */
export interface PrefixLimits {
  min: number;
  max: number;
  /** Why not fewer bits. */
  tooLarge: string;
  /** Why not more bits. */
  tooSmall: string;
}

export const NODE_NETWORK_PREFIX: PrefixLimits = {
  min: 8,
  tooLarge: "no private network is that large",
  max: 30,
  tooSmall: "it has no two addresses for machines",
};

/** As for {@link NODE_NETWORK_PREFIX}, of a private network of Hetzner Cloud. */
export const HETZNER_NETWORK_PREFIX: PrefixLimits = {
  min: 8,
  tooLarge: "no private network is that large",
  max: 24,
  tooSmall: "Hetzner Cloud makes none smaller than a /24",
};

/** kube-controller-manager gives every node a /24 of the pods' range. */
export const PODS_PER_NODE_PREFIX = 24;
export const PODS_PREFIX: PrefixLimits = {
  min: 8,
  tooLarge: "no private network is that large",
  max: PODS_PER_NODE_PREFIX,
  tooSmall: "the pods of every host get a /24 of it",
};

/**
 * kube-apiserver takes at most 20 bits of service addresses. NixOS computes the addresses of the API (x.y.z.1) and of
 * DNS (x.y.z.254) from the first three numbers of the range, so the /24 that it starts with must be all in it.
 */
export const SERVICES_PREFIX: PrefixLimits = {
  min: 12,
  tooLarge: "kube-apiserver takes no more than a /12",
  max: 24,
  tooSmall: "NixOS gives the cluster's DNS the address that ends in .254",
};
