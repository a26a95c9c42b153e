import installer from "../nix/installer.json";
import nixpkgs from "../nix/nixpkgs.json";

/** What holds where the user says nothing. */
export const DEFAULTS = {
  /** Relative to the project folder. */
  inventory: "hosts.toml",

  provider: "virtualbox",

  /**
   * Host-only works on every box and in every network. A bridge fails on much Wi-Fi and must name the operator's
   * interface.
   */
  adapter: "hostonly",

  /**
   * VirtualBox's own first host-only network, which it permits without any configuration. With a bridge the default
   * is the /24 that the master's address lies in: it is the operator's own network, and nobody else knows it.
   */
  network: "192.168.56.0/24",

  /** Likewise on Hetzner Cloud: a private range that few home routers, VPNs and container engines use. */
  hetznerNetwork: "10.64.0.0/24",

  /**
   * Server types of Hetzner Cloud, tried in this order until one is available. Stock is the reason for a list: the
   * cost-optimised family (cx) was sold out for weeks at a time in 2026, and is sold in Europe only. Each has 4 GB or
   * more: less than that leaves an installer that runs in memory, and later the master, little room. First the
   * cost-optimised with 4 and 8 GB; then the same of the regular family (cpx): the generation that Europe and
   * Singapore have, then the one that the United States have. Types with processors of one's own (ccx) are several
   * times as dear: nobody should get one without having asked for it.
   */
  serverTypes: ["cx23", "cx33", "cpx22", "cpx32", "cpx21", "cpx31"],

  /** Hetzner's three European locations are one network zone, so that a machine may be in whichever has room for it. */
  locations: ["fsn1", "nbg1", "hel1"],

  /** What a new server boots before NixOS takes it over: the Debian that has cloud-init, systemd and a recent kernel. */
  image: "debian-13",

  /** A public IPv4 address costs extra, but most operators, and many registries of images, have no IPv6. */
  ipv4: true,

  /**
   * WireGuard's network, used where it is on: on Hetzner Cloud, whose private networks are not encrypted and are
   * shared hardware; not on VirtualBox, whose packets stay on one box. It grows with the machines' network.
   */
  wireguard: "10.65.0.0/24",

  /** WireGuard's customary port. */
  wireguardPort: 51820,

  /**
   * MB. kubeadm's documentation asks for 2 GB or more of any machine. On an empty cluster etcd, kube-apiserver,
   * kube-controller-manager and kube-scheduler take some 640 MB of the master's.
   */
  memory: 2048,

  /** One is enough: it only makes the first start slower. */
  cpus: 1,

  /**
   * MB. A machine's disk holds, at its fullest:
   * - two generations of NixOS with Kubernetes of up to 3.5 GB each, when an update of nixpkgs replaced every path:
   *   7 GB;
   * - images and their unpacked layers, the system's own and those of a few workloads: 3 GB;
   * - the journal: 10 % of the file system (journald's default limit).
   * On top of that 5 % are ext4's reserve for root, and kubelet wants 15 % of the file system free: below that it
   * deletes images and then evicts pods (imagefs.available; nodefs.available is 10 %, and here both are one file
   * system). 10 GB in the 70 % that are left make 14.3 GB; 16 GB is the next usual size. VirtualBox's disk files grow
   * as they are written, so what is not used costs nothing.
   */
  disk: 16384,

  /** flannel's customary range: a /24 each for 256 hosts. */
  pods: "10.244.0.0/16",

  /** kubeadm's customary range. NixOS's own default, 10.0.0.0/24, lies in what many home and cloud networks use. */
  services: "10.96.0.0/16",

  /** Kubernetes' customary port. 443 stays free for what runs in the cluster. */
  apiPort: 6443,

  /**
   * Three years. kubeadm's certificates last for one, which is over too soon for a cluster at home that nobody touches; see
   * docs/adr/0022.
   */
  certificateDays: 3 * 365,

  /**
   * No pod is root on its machine because nobody thought of it. Talos does the same; kubeadm leaves it open. A namespace whose
   * pods need more says so by its label.
   */
  podSecurity: "baseline",

  /** The master takes pods as well: a cluster of one machine works, and so do three small ones. */
  allowSchedulingOnMaster: true,

  /** One worker at a time: what has two replicas answers throughout. */
  maxUnavailable: 1,

  /** A reboot takes minutes, and a machine down that may have more on it than a cluster: it has to be asked for. */
  reboot: "never",

  nixpkgs: { url: nixpkgs.url, sha256: nixpkgs.sha256, minimumNix: nixpkgs.minimumNix },

  installer: { url: installer.url, sha256: installer.sha256 },
} as const;
