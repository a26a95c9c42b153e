import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Facts,
  hetznerFacts,
  ofHetzner,
  ofVirtualBox,
  shippedFacts,
  wireGuardKey,
  withWireGuard,
} from "./facts";
import { checkout, describeWithNix, Evaluation, labLib, libs, ScratchNix, value } from "./nix";

const table: Record<string, { type: string; declaredIn: string }> = JSON.parse(
  readFileSync(join(checkout, "nix/options.json"), "utf8"),
);
const stub = join(__dirname, "stub");

const nix = new ScratchNix();
afterAll(() => nix.remove());
let written = 0;

function write(name: string, content: string): string {
  const folder = join(nix.folder, `input-${++written}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const writeFacts = (facts: unknown) => write("facts.json", JSON.stringify(facts));

const inspected = new Map<string, Evaluation>();

/** Settings of each machine and of the installer, and the options that nix/ itself sets; looked up once for the same facts. */
function inspect(facts: Facts, lib = labLib): Evaluation {
  const key = JSON.stringify([facts, lib]);
  const evaluation = inspected.get(key) ?? lookInto(facts, lib);
  inspected.set(key, evaluation);
  return evaluation;
}

/** Settings of each machine, with its name. */
function machinesOf(facts: Facts): [string, { settings: any }][] {
  const { installer, ...machines } = value(inspect(facts));
  return Object.entries(machines);
}

function lookInto(facts: Facts, lib: string): Evaluation {
  const args = [join(__dirname, "inspect.nix"), "--argstr", "facts", writeFacts(facts)];
  return nix.evaluate(args, { KLUSTER_NIXPKGS_LIB: lib });
}

/** What the program gets to see, with `extra` arguments for Nix. */
function systems(facts: unknown, extra: string[] = []): Evaluation {
  const entry = join(checkout, "nix/default.nix");
  return nix.evaluate([entry, "--argstr", "facts", writeFacts(facts), "--arg", "nixpkgs", stub, ...extra]);
}

const settingsOf = (facts: Facts, machine: string) => value(inspect(facts))[machine].settings;

/** The rules that let somebody in. */
const letIn = ({ extraCommands }: { extraCommands: string }) =>
  extraCommands.replace(/^.* -t raw .*\n/gm, "").replace(/^\n/gm, "");

/** All files below a folder. */
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

/** The seed's way to have a master that takes no pods. */
function masterOnly(): Facts {
  const facts = shippedFacts();
  facts.machines.il.roles = ["master"];
  return facts;
}

/** A stack with a secret of the user's own, which a module for all machines asks for. */
function withSecret(): Facts {
  const facts = shippedFacts();
  facts.cluster.secrets = ["wifi"];
  facts.cluster.modules = [join(__dirname, "fixtures/wifi.nix")];
  return facts;
}

const inventories: { what: string; facts: () => Facts }[] = [
  { what: "the shipped inventory", facts: shippedFacts },
  { what: "a master that takes no pods", facts: masterOnly },
  { what: "VirtualBox machines with WireGuard", facts: () => withWireGuard(shippedFacts()) },
  { what: "Hetzner machines", facts: hetznerFacts },
  { what: "machines with a secret of the user's own", facts: withSecret },
];

describe("the table of options", () => {
  it("is in order, and names a file of nixpkgs for each", () => {
    expect(Object.keys(table)).toEqual(Object.keys(table).sort());
    for (const [name, { declaredIn, type }] of Object.entries(table)) {
      expect([name, declaredIn]).toEqual([
        name,
        expect.stringMatching(/^nixos\/(modules|lib)\/[a-z0-9/_-]+\.nix$/),
      ]);
      expect([name, type]).toEqual([name, expect.stringMatching(/\S/)]);
    }
  });
});

describeWithNix.each(libs)("nix/ with $name", ({ folder: lib }) => {
  it("sets the options of the table and no others, in its types", () => {
    const machines = inventories.flatMap(({ facts }) => Object.values<any>(value(inspect(facts(), lib))));
    const set = new Set(machines.flatMap((machine) => machine.set));
    expect([...set].sort()).toEqual(Object.keys(table));
    const types = Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, type]));
    for (const machine of machines) expect(machine.types).toEqual(types);
  });

  it.each(inventories)("makes, for $what, the same settings as with the lab's lib", ({ facts }) => {
    const settings = (evaluation: Evaluation) =>
      Object.fromEntries(Object.entries<any>(value(evaluation)).map(([name, m]) => [name, m.settings]));
    expect(settings(inspect(facts(), lib))).toEqual(settings(inspect(facts())));
  });
});

describeWithNix("every machine", () => {
  const machines = () => machinesOf(shippedFacts());

  it("knows every machine's name by one address", () => {
    for (const [, { settings }] of machines()) {
      const named = Object.entries<string[]>(settings.networking.hosts).filter(
        ([, names]) => names.length > 0,
      );
      expect(named).toEqual([
        ["192.168.56.11", ["il"]],
        ["192.168.56.12", ["ee"]],
        ["192.168.56.13", ["sam"]],
      ]);
    }
  });

  it("lets root in by the program's key, and by no password", () => {
    for (const [, { settings }] of machines()) {
      expect(settings.services.openssh).toMatchObject({
        enable: true,
        openFirewall: true,
        ports: [22],
        settings: {
          PermitRootLogin: "prohibit-password",
          PasswordAuthentication: false,
          KbdInteractiveAuthentication: false,
        },
        hostKeys: [{ type: "ed25519", path: "/etc/ssh/ssh_host_ed25519_key" }],
      });
      expect(settings.users.users.root.openssh.authorizedKeys.keys).toEqual(
        shippedFacts().cluster.authorizedKeys,
      );
    }
  });

  it("calls the API server by the master's name and with its port", () => {
    for (const [, { settings }] of machines()) {
      expect(settings.services.kubernetes).toMatchObject({
        masterAddress: "il",
        apiserverAddress: "https://il:6443",
        apiserver: { securePort: 6443, serviceClusterIpRange: "10.96.0.0/16" },
        clusterCidr: "10.244.0.0/16",
      });
    }
  });

  it("keeps the port of an API server that is elsewhere", () => {
    const facts = shippedFacts();
    facts.cluster.apiPort = 8443;
    for (const [, { settings }] of machinesOf(facts)) {
      expect(settings.services.kubernetes.apiserverAddress).toBe("https://il:8443");
      expect(settings.services.kubernetes.apiserver.securePort).toBe(8443);
    }
    expect(settingsOf(facts, "il").networking.firewall.allowedTCPPorts).toEqual([8443]);
  });

  it("collects garbage weekly, and not at the very moment of a boot", () => {
    for (const [, { settings }] of machines())
      expect(settings.nix.gc).toEqual({
        automatic: true,
        dates: "weekly",
        randomizedDelaySec: "6h",
        options: "--delete-older-than 14d",
      });
  });

  it("has no swap of any kind", () => {
    for (const [, { settings }] of machines()) {
      expect(settings.swapDevices).toEqual([]);
      expect(settings.zramSwap.enable).toBe(false);
    }
  });

  it("talks to the others by its own address in the inventory", () => {
    for (const [name, { settings }] of machines()) {
      const address = shippedFacts().cluster.hosts[name];
      expect(settings.networking.hostName).toBe(name);
      // Plainly: NixOS's default has the user's networking.domain in it.
      expect(settings.services.kubernetes.kubelet).toMatchObject({ hostname: name, nodeIp: address });
      expect(settings.services.flannel.iface).toBe(address);
      const { macs } = ofVirtualBox(shippedFacts().machines[name]);
      const networks = settings.systemd.network.networks;
      expect(networks["00-kluster-cluster"]).toMatchObject({
        matchConfig: { MACAddress: macs.cluster },
        address: [`${address}/24`],
        linkConfig: {},
      });
      expect(networks["00-kluster-egress"]).toMatchObject({
        matchConfig: { MACAddress: macs.egress },
        networkConfig: { DHCP: "ipv4" },
        linkConfig: { RequiredForOnline: false },
      });
    }
  });

  it("lets in what comes from the other machines, and from no further", () => {
    const firewall = (name: string) => settingsOf(shippedFacts(), name).networking.firewall;
    const rule = (address: string) => `iptables -w -A nixos-fw --source ${address} -j nixos-fw-accept\n`;
    expect(letIn(firewall("ee"))).toBe(rule("192.168.56.11") + rule("192.168.56.13"));
    expect(firewall("ee").allowedTCPPorts).toEqual([]);
    expect(firewall("il").allowedTCPPorts).toEqual([6443]);
    expect(firewall("sam").trustedInterfaces).toEqual(["mynet"]);
    expect(settingsOf(shippedFacts(), "sam").services.kubernetes.flannel.openFirewallPorts).toBe(false);
  });

  it.each([
    { what: "the same network", facts: shippedFacts, to: "192.168.56.12/32" },
    { what: "WireGuard", facts: hetznerFacts, to: "10.65.0.12/32,10.64.0.12/32" },
  ])("offers NodePorts on its addresses in the cluster alone, with $what", ({ facts, to }) => {
    const { proxy } = settingsOf(facts(), "ee").services.kubernetes;
    expect(proxy.extraOpts).toBe(`--nodeport-addresses=${to}`);
  });

  it("boots from its disk by path and mounts its root by UUID", () => {
    for (const [name, { settings }] of machines()) {
      const { disk, rootUuid } = shippedFacts().machines[name];
      expect(settings.boot.loader).toMatchObject({
        efi: { efiSysMountPoint: "/boot/efi" },
        grub: { device: disk, efiSupport: true, efiInstallAsRemovable: true },
      });
      expect(settings.fileSystems["/boot/efi"]).toMatchObject({ device: `${disk}-part2`, fsType: "vfat" });
      // Without it the machine boots, but nothing would mount it once udev has found it.
      expect(settings.fileSystems["/boot/efi"].options).toEqual(
        expect.arrayContaining(["nofail", "x-systemd.device-timeout=5min"]),
      );
      expect(settings.fileSystems["/"]).toMatchObject({
        device: `/dev/disk/by-uuid/${rootUuid}`,
        fsType: "ext4",
      });
    }
  });

  it("has kubectl and Kubernetes on its path", () => {
    for (const [, { settings }] of machines()) {
      expect(settings.environment.systemPackages).toEqual(["kubectl", "kubernetes"]);
    }
  });

  it("keeps systemd-resolved's stub from CoreDNS", () => {
    const facts = shippedFacts();
    const kubelet = () => settingsOf(facts, "ee").services.kubernetes.kubelet;
    expect(kubelet().extraConfig).toMatchObject({ resolvConf: "/run/systemd/resolve/resolv.conf" });
    facts.cluster.modules = [write("own.nix", "{ services.resolved.enable = false; }")];
    expect(kubelet().extraConfig).not.toHaveProperty("resolvConf");
  });
});

describeWithNix("the master", () => {
  it("has an API server that ends within seconds, whoever watches", () => {
    const { apiserver } = settingsOf(shippedFacts(), "il").services.kubernetes;
    expect(apiserver.extraOpts).toContain("--shutdown-send-retry-after=true");
  });

  it("has an API server that ends before etcd, which it writes to at its end", () => {
    expect(settingsOf(shippedFacts(), "il").systemd.services["kube-apiserver"]).toMatchObject({
      after: ["etcd.service"],
      serviceConfig: { TimeoutStopSec: "30s" },
    });
  });

  it("advertises its address", () => {
    const { kubernetes } = settingsOf(shippedFacts(), "il").services;
    expect(kubernetes.roles).toEqual(["master", "node"]);
    expect(kubernetes.apiserver.advertiseAddress).toBe("192.168.56.11");
    expect(kubernetes.apiserver.extraSANs).toEqual([]);
  });

  it("may be a master only", () => {
    const { kubernetes } = settingsOf(masterOnly(), "il").services;
    expect(kubernetes.roles).toEqual(["master"]);
    expect(kubernetes.kubelet.nodeIp).toBe("192.168.56.11");
    expect(settingsOf(masterOnly(), "ee").services.kubernetes.roles).toEqual(["node"]);
  });
});

describeWithNix("what comes from outside", () => {
  const firewall = (facts: Facts) => settingsOf(facts, "ee").networking.firewall;

  it("is not forwarded to pods and Services, whose own traffic is", () => {
    const rules = firewall(shippedFacts()).extraCommands.match(/-A kluster-outside .*/g);
    expect(rules).toEqual([
      "-A kluster-outside -i mynet -j RETURN",
      "-A kluster-outside -i flannel.1 -j RETURN",
      "-A kluster-outside -d 10.244.0.0/16 -j DROP",
      "-A kluster-outside -d 10.96.0.0/16 -j DROP",
    ]);
    expect(firewall(shippedFacts()).extraStopCommands).toContain("-X kluster-outside");
  });

  it("is another network's business where flannel is off", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [write("own.nix", "{ services.kubernetes.flannel.enable = false; }")];
    expect(firewall(facts).extraCommands).not.toContain("kluster-outside");
    // NixOS runs these, of the new system, when that is switched to: the rules of before would drop the other's packets.
    expect(firewall(facts).extraStopCommands).toContain("-X kluster-outside");
  });

  it.each([
    ["wireguard", ["-i flannel-wg"]],
    ["udp", ["-i flannel0"]],
    ["host-gw", ["-s 192.168.56.11", "-s 192.168.56.13"]],
  ])(
    "is told from pods elsewhere by flannel's backend, too, where a user's module sets %s",
    (backend, inside) => {
      const facts = shippedFacts();
      facts.cluster.modules = [write("own.nix", `{ services.flannel.backend.Type = "${backend}"; }`)];
      const rules = firewall(facts).extraCommands.match(/-A kluster-outside .*-j RETURN/g);
      expect(rules).toEqual(["-i mynet", ...inside].map((match) => `-A kluster-outside ${match} -j RETURN`));
    },
  );
});

describeWithNix("the network of pods", () => {
  it("is read by containerd, which does not see that the folder of it is another", () => {
    const triggers = (module: string) => {
      const facts = shippedFacts();
      facts.cluster.modules = [write("own.nix", module)];
      return settingsOf(facts, "ee").systemd.services.containerd.restartTriggers;
    };
    const own = (name: string) => `{
      services.kubernetes = { flannel.enable = false; kubelet.cni.config = [ { type = "bridge"; name = "${name}"; } ]; };
    }`;
    expect(triggers(own("a"))).toEqual(triggers(own("a")));
    expect(triggers(own("a"))).not.toEqual(triggers(own("b")));
    expect(triggers(own("a"))).not.toEqual(triggers("{ }"));
  });
});

describeWithNix("certificates", () => {
  const folder = "/var/lib/kluster/kubernetes";
  /** Certificates that a machine asks for, and the files that it wants, by their secrets' names. */
  const of = (facts: Facts, machine: string) => {
    const { certificates, secrets } = value(systems(facts))[machine];
    return { certificates, files: Object.fromEntries(secrets.map((file: any) => [file.secret, file])) };
  };
  /** Paths below the folder that the machine's settings name. */
  const read = (settings: any): string[] => [
    ...new Set<string>(JSON.stringify(settings).match(/\/var\/lib\/kluster\/kubernetes\/[a-z-]+\.pem/g)),
  ];

  it("are asked for by whatever runs on a machine, and by nothing that may do everything", () => {
    const node = ["flannelClient", "kubeProxyClient", "kubelet", "kubeletClient"];
    expect(Object.keys(of(shippedFacts(), "sam").certificates)).toEqual(node);
    expect(Object.keys(of(shippedFacts(), "il").certificates)).toEqual(
      [
        ...["addonManager", "apiServer", "apiserverEtcdClient", "apiserverKubeletClient"],
        ...["apiserverProxyClient", "controllerManagerClient", "etcd", "kluster", "schedulerClient", ...node],
      ].sort(),
    );
    expect(of(hetznerFacts(), "il").certificates.apiServer).toEqual({
      commonName: "kubernetes",
      organizations: [],
      hosts: ["kubernetes.default.svc", ...hetznerFacts().machines.il.publicAddresses, "10.64.0.11"],
    });
    expect(of(shippedFacts(), "ee").certificates.kubeletClient).toEqual({
      commonName: "system:node:ee",
      organizations: ["system:nodes"],
      hosts: [],
    });
  });

  it("lie where root alone can put them, each with its key, which only its service reads", () => {
    const { certificates, files } = of(shippedFacts(), "il");
    for (const name of Object.keys(certificates)) {
      const { path, ...certificate } = files[`certificate:${name}`];
      expect(certificate).toEqual({ secret: `certificate:${name}`, uid: 0, gid: 0, mode: "0644" });
      const key = files[`key:${name}`];
      expect(key.path).toBe(path.replace(/\.pem$/, "-key.pem"));
      expect(key.path.startsWith(`${folder}/`)).toBe(true);
      expect(key.mode).toBe("0400");
    }
    const owners = (names: string[]) => names.map((name) => files[name].owner);
    expect(owners(["key:etcd", "key:apiServer", "service-account-key"])).toEqual([
      ...["etcd", "kubernetes", "kubernetes"],
    ]);
    expect(owners(["key:kubelet", "key:flannelClient", "key:kluster"])).toEqual(["root", "root", "root"]);
  });

  it.each([
    ["the shipped inventory", shippedFacts],
    ["a master that takes no pods", masterOnly],
    ["Hetzner machines", hetznerFacts],
  ])("are placed for all that is read, with %s", (_, facts) => {
    for (const [name, { settings }] of machinesOf(facts())) {
      const { pki: _, ...kubernetes } = settings.services.kubernetes;
      const used = read({ ...settings, services: { ...settings.services, kubernetes } });
      const placed = Object.values<any>(of(facts(), name).files).map(({ path }) => path);
      expect(used.length).toBeGreaterThan(5);
      expect(used.filter((path) => !placed.includes(path))).toEqual([]);
    }
  });

  it("of etcd and of the front proxy are another authority's than the cluster's", () => {
    const { etcd, kubernetes } = settingsOf(shippedFacts(), "il").services;
    expect(kubernetes.caFile).toBe(`${folder}/ca.pem`);
    expect([etcd.trustedCaFile, kubernetes.apiserver.etcd.caFile]).toEqual([
      `${folder}/etcd-ca.pem`,
      `${folder}/etcd-ca.pem`,
    ]);
    expect(kubernetes.apiserver.extraOpts).toContain(
      `--requestheader-client-ca-file=${folder}/front-proxy-ca.pem`,
    );
  });

  it("restart nothing when they change; authorities and the service accounts' key restart what reads them once", () => {
    const units = (machine: string) =>
      Object.fromEntries(
        Object.entries<any>(of(shippedFacts(), machine).files)
          .filter(([, { restartUnits = [] }]) => restartUnits.length > 0)
          .map(([name, { restartUnits }]) => [name, restartUnits]),
      );
    const [apiServer, controllerManager] = ["kube-apiserver.service", "kube-controller-manager.service"];
    const clients = ["kubelet.service", "kube-proxy.service", "flannel.service"];
    expect(units("ee")).toEqual({ "ca-certificate": clients });
    expect(units("il")).toEqual({
      "ca-certificate": [
        ...[apiServer, controllerManager, "kube-scheduler.service", "kube-addon-manager.service"],
        ...clients,
      ],
      "encryption-config": [apiServer],
      "etcd-ca-certificate": ["etcd.service", apiServer],
      "service-account": [apiServer],
      "service-account-key": [apiServer, controllerManager],
    });
  });

  it("of authorities, and what Secrets are encrypted with, change at moments of their own", () => {
    const first = (machine: string) =>
      Object.entries<any>(of(shippedFacts(), machine).files)
        .filter(([, { first }]) => first)
        .map(([name]) => name)
        .sort();
    expect(first("ee")).toEqual(["ca-certificate"]);
    expect(first("il")).toEqual(
      ["ca-certificate", "encryption-config", "etcd-ca-certificate", "front-proxy-ca-certificate"].sort(),
    );
  });

  it.each<[string, string[], string[]]>([
    ["flannel", ["flannelClient"], []],
    ["proxy", ["kubeProxyClient"], []],
    ["addonManager", [], ["addonManager"]],
  ])("of a part that a user's module turns off are not asked for: %s", (part, everywhere, onMaster) => {
    const own = write("own.nix", `{ services.kubernetes.${part}.enable = false; }`);
    const [whole, without] = [shippedFacts(), shippedFacts()];
    without.cluster.modules = [own];
    for (const [machine, gone] of [
      ["sam", everywhere],
      ["il", [...everywhere, ...onMaster]],
    ] as const)
      expect(Object.keys(of(without, machine).certificates)).toEqual(
        Object.keys(of(whole, machine).certificates).filter((name) => !gone.includes(name)),
      );
  });

  it("of a part that a user's module turns off are not used", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [
      write("own.nix", "{ services.kubernetes = { flannel.enable = false; proxy.enable = false; }; }"),
    ];
    expect(Object.keys(of(facts, "sam").certificates)).toEqual(["kubelet", "kubeletClient"]);
    expect(settingsOf(facts, "sam").services.flannel.kubeconfig).toBeNull();
  });

  it("let a user's module add names for the API", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [
      write("own.nix", '{ services.kubernetes.apiserver.extraSANs = [ "k.example.org" ]; }'),
    ];
    expect(of(facts, "il").certificates.apiServer.hosts).toContain("k.example.org");
  });
});

describeWithNix("who may come in from outside", () => {
  /** Rules and open ports, with `access` as the outside. */
  const firewall = (name: string, access: string[]) => {
    const facts = withWireGuard(shippedFacts());
    facts.cluster.access = access;
    const { networking, services } = settingsOf(facts, name);
    return { ...networking.firewall, openFirewall: services.openssh.openFirewall };
  };
  const rule = (program: string, range: string, protocol: string, port: number) =>
    `${program} -w -A nixos-fw --source ${range} -p ${protocol} --dport ${port} -j nixos-fw-accept\n`;
  const ofTheNetwork = (address: string) => rule("iptables", `${address}/24`, "udp", 51820);

  it("is everybody where no ranges are given", () => {
    const open = { openFirewall: true, allowedUDPPorts: [51820] };
    expect(firewall("il", [])).toMatchObject({ ...open, allowedTCPPorts: [6443] });
    expect(firewall("ee", [])).toMatchObject({ ...open, allowedTCPPorts: [] });
    expect(letIn(firewall("ee", []))).toBe(ofTheNetwork("192.168.56.12"));
  });

  it("is nobody but those ranges, of IPv4 or IPv6, where some are", () => {
    const [ipv4, ipv6] = ["203.0.113.0/24", "2001:db8:beef::/48"];
    // SSH stays open: it is the way by which a wrong access can be put right.
    const closed = { openFirewall: true, allowedTCPPorts: [], allowedUDPPorts: [] };
    expect(firewall("il", [ipv4, ipv6])).toMatchObject(closed);
    expect(firewall("ee", [ipv4, ipv6])).toMatchObject(closed);
    expect(letIn(firewall("il", [ipv4, ipv6]))).toBe(
      rule("iptables", ipv4, "tcp", 6443) +
        rule("iptables", ipv4, "udp", 51820) +
        rule("ip6tables", ipv6, "tcp", 6443) +
        rule("ip6tables", ipv6, "udp", 51820) +
        ofTheNetwork("192.168.56.11"),
    );
    expect(firewall("ee", [ipv4, ipv6]).extraCommands).not.toContain("6443");
  });

  it("asks for no IPv6 where a user's module has turned it off", () => {
    const facts = hetznerFacts();
    facts.cluster.modules = [write("own.nix", "{ networking.enableIPv6 = false; }")];
    expect(settingsOf(facts, "il").networking.firewall.extraCommands).not.toContain("ip6tables");
  });
});

describeWithNix("WireGuard", () => {
  const facts = () => withWireGuard(shippedFacts());

  it("has every other machine as a peer, with the route to it", () => {
    const { networking } = settingsOf(facts(), "ee");
    expect(networking.wireguard).toEqual({
      useNetworkd: false,
      interfaces: {
        wg0: {
          ips: ["10.65.0.12/32"],
          listenPort: 51820,
          mtu: 1370,
          privateKeyFile: "/var/lib/kluster/wireguard.key",
          peers: [
            ["il", 0, 11],
            ["sam", 2, 13],
          ].map(([name, i, host]) => ({
            name,
            publicKey: wireGuardKey(i as number),
            endpoint: `192.168.56.${host}:51820`,
            allowedIPs: [`10.65.0.${host}/32`],
          })),
        },
      },
    });
    expect(networking.firewall.trustedInterfaces).toEqual(["mynet", "wg0"]);
  });

  it("is what the machines call each other by, and the master is known by its other address, too", () => {
    for (const [name, { settings }] of machinesOf(facts())) {
      const { nodeAddress } = facts().machines[name];
      expect(settings.networking.hosts[nodeAddress]).toEqual([name]);
      expect(settings.services.kubernetes.kubelet.nodeIp).toBe(nodeAddress);
      expect(settings.services.flannel.iface).toBe(nodeAddress);
    }
    const { apiserver } = settingsOf(facts(), "il").services.kubernetes;
    expect(apiserver.advertiseAddress).toBe("10.65.0.11");
    expect(apiserver.extraSANs).toEqual(["192.168.56.11"]);
  });

  it("tries again where the interface or a peer fails at first, and gives up when that does not pass", () => {
    const { services } = settingsOf(facts(), "ee").systemd;
    for (const unit of ["wireguard-wg0", "wireguard-wg0-peer-il", "wireguard-wg0-peer-sam"])
      expect(services[unit]).toMatchObject({
        unitConfig: { StartLimitIntervalSec: 300, StartLimitBurst: 10 },
        serviceConfig: { Restart: "on-failure", RestartSec: 5 },
      });
    expect(services["wireguard-wg0-peer-ee"]).toBeUndefined();
  });

  it("wants its key on every machine", () => {
    const key = {
      secret: "wireguard-key",
      path: "/var/lib/kluster/wireguard.key",
      uid: 0,
      gid: 0,
      mode: "0400",
    };
    for (const { secrets } of Object.values<any>(value(systems(facts()))))
      expect(secrets).toContainEqual(key);
    for (const { secrets } of Object.values<any>(value(systems(shippedFacts()))))
      expect(secrets).not.toContainEqual(key);
  });

  it("changes nothing but peers and names where a machine comes", () => {
    const before = facts();
    delete before.machines.sam;
    delete before.cluster.hosts.sam;
    delete before.cluster.wireguard!.peers.sam;
    const [one, other] = [settingsOf(before, "ee"), settingsOf(facts(), "ee")];
    expect(one).not.toEqual(other);
    delete other.networking.hosts["10.65.0.13"];
    other.networking.wireguard.interfaces.wg0.peers.pop();
    delete other.systemd.services["wireguard-wg0-peer-sam"];
    expect(one).toEqual(other);
  });
});

describeWithNix("a Hetzner machine", () => {
  const networks = (change: (facts: Facts) => void = () => {}) => {
    const facts = hetznerFacts();
    change(facts);
    return settingsOf(facts, "ee").systemd.network.networks;
  };

  it("has IPv4 by DHCP and IPv6 by hand on its public card", () => {
    expect(networks()["00-kluster-public"]).toMatchObject({
      matchConfig: { MACAddress: "96:00:00:00:01:01" },
      networkConfig: { DHCP: "ipv4", IPv6AcceptRA: false, LinkLocalAddressing: "ipv6" },
      address: ["2001:db8:2::1/64"],
      gateway: ["fe80::1"],
      dns: [],
      linkConfig: { RequiredForOnline: false },
    });
  });

  it("may have either alone", () => {
    expect(
      networks((facts) => (ofHetzner(facts.machines.ee).ipv4 = false))["00-kluster-public"],
    ).toMatchObject({
      networkConfig: { DHCP: false },
      address: ["2001:db8:2::1/64"],
      dns: ["2a01:4ff:ff00::add:1", "2a01:4ff:ff00::add:2"],
    });
    expect(networks((facts) => delete ofHetzner(facts.machines.ee).ipv6)["00-kluster-public"]).toMatchObject({
      networkConfig: { DHCP: "ipv4", LinkLocalAddressing: false },
      address: [],
      gateway: [],
      dns: [],
    });
  });

  it.each([
    // address, prefix length, network, its first address
    ["10.64.0.12", 24, "10.64.0.0/24", "10.64.0.1"],
    ["10.64.77.12", 16, "10.64.0.0/16", "10.64.0.1"],
    ["10.64.0.29", 28, "10.64.0.16/28", "10.64.0.17"],
    ["172.31.255.254", 12, "172.16.0.0/12", "172.16.0.1"],
  ])(
    "reaches the machines beside %s/%d through the first address",
    (address, prefixLength, network, first) => {
      const made = networks((facts) => {
        facts.cluster.wireguard!.peers.ee.endpoint = address;
        Object.assign(facts.machines.ee, { address, prefixLength });
      });
      expect(made["00-kluster-private"]).toMatchObject({
        matchConfig: { MACAddress: "86:00:00:00:02:01" },
        address: [`${address}/32`],
        routes: [{ Destination: network, Gateway: first, GatewayOnLink: true }],
        linkConfig: { MTUBytes: "1450" },
      });
    },
  );

  it("keeps its metadata from pods, for as long as there is a firewall", () => {
    const { extraCommands, extraStopCommands } = settingsOf(hetznerFacts(), "ee").networking.firewall;
    const rule = "PREROUTING -i mynet -d 169.254.169.254 -j DROP";
    expect(extraCommands).toContain(`iptables -w -t raw -I ${rule}`);
    expect(extraStopCommands).toContain(`iptables -w -t raw -D ${rule}`);
  });

  it("keeps it from pods of another network than flannel's, which come by interfaces that nobody knows", () => {
    const facts = hetznerFacts();
    facts.cluster.modules = [write("own.nix", "{ services.kubernetes.flannel.enable = false; }")];
    const { extraCommands, extraStopCommands } = settingsOf(facts, "ee").networking.firewall;
    const rule = "PREROUTING -d 169.254.169.254 -j DROP";
    expect(extraCommands).toContain(`iptables -w -t raw -I ${rule}`);
    // Both, as the system before this one may have had the other network.
    for (const stop of [
      extraStopCommands,
      settingsOf(hetznerFacts(), "ee").networking.firewall.extraStopCommands,
    ])
      for (const interfaces of ["", "-i mynet "])
        expect(stop).toContain(`iptables -w -t raw -D PREROUTING ${interfaces}-d 169.254.169.254 -j DROP`);
  });

  it("is called by its public addresses, too, where it is the master", () => {
    const { apiserver } = settingsOf(hetznerFacts(), "il").services.kubernetes;
    expect(apiserver.extraSANs).toEqual(["198.51.100.11", "2001:db8:1::1", "10.64.0.11"]);
  });
});

describeWithNix("the installer", () => {
  const settings = () => settingsOf(shippedFacts(), "installer");

  it("lets in nobody but who has the key that came with it", () => {
    expect(settings().services.openssh.settings).toEqual({
      PermitRootLogin: "prohibit-password",
      PasswordAuthentication: false,
      KbdInteractiveAuthentication: false,
    });
    expect(settings().services.openssh.hostKeys).toHaveLength(1);
    expect(settings().services.getty.autologinUser).toBeNull();
    for (const user of ["root", "nixos"])
      expect(settings().users.users[user]).toMatchObject({ initialHashedPassword: "!" });
  });

  it("has neither SSH nor network before its seed has been taken", () => {
    const { "kluster-seed": service } = settings().systemd.services;
    expect(service.requiredBy).toEqual(["sshd.service", "systemd-networkd.service"]);
    expect(service.before).toEqual(expect.arrayContaining(service.requiredBy));
    const { "kluster-keep-seed": initrd } = settings().boot.initrd.systemd.services;
    const kept = initrd.script.match(/^cp -a \/kluster (\/run\/\S+)$/)![1];
    expect(service.script).toContain(`${kept}/seed.sh`);
  });

  it("goes back to the system on the disk where its seed is missing, or does not come to an end", () => {
    const { "kluster-seed": service } = settings().systemd.services;
    expect(service.unitConfig.FailureAction).toBe("reboot");
    expect(service.serviceConfig.TimeoutStartSec).toBe(300);
    // What the unit runs, with a seed and without one; the pause is for whoever reads the console.
    const outcome = (seed?: string) => {
      const folder = mkdtempSync(join(tmpdir(), "kluster-seed-"));
      if (seed) writeFileSync(join(folder, "seed.sh"), seed);
      const script = service.script
        .replaceAll(/\/\S+\/bin\/bash/g, "bash")
        .replaceAll("/run/kluster-seed", folder);
      const run = spawnSync("bash", ["-ec", `sleep() { echo "pause $*"; }\n${script}`], { encoding: "utf8" });
      rmSync(folder, { recursive: true });
      return [run.status, run.stdout];
    };
    expect(outcome("exit 0")).toEqual([0, ""]);
    expect(outcome("exit 3")).toEqual([1, "pause 60\n"]);
    expect(outcome()).toEqual([1, "pause 60\n"]);
  });

  // It is in no cache: whoever makes a cluster builds it, and level 19 takes minutes for a tenth of its size.
  it("is compressed for once", () => {
    expect(settings().netboot.squashfsCompression).toBe("zstd -Xcompression-level 6");
  });
});

describeWithNix("a user's modules", () => {
  it("win over what is only a default, on every machine or on one", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [
      write("base.nix", "{ kluster, ... }: { environment.variables.WHO = kluster.machine.name; }"),
    ];
    facts.machines.il.modules = [write("il.nix", '{ nix.gc.options = "--delete-older-than 2d"; }')];
    const machines = value(inspect(facts));
    expect(machines.il.settings.nix.gc.options).toBe("--delete-older-than 2d");
    expect(machines.ee.settings.nix.gc.options).toBe("--delete-older-than 14d");
    expect(machines.sam.settings.environment.variables).toEqual({ WHO: "sam" });
  });

  it("add to lists instead of replacing them", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [
      write(
        "base.nix",
        '{ pkgs, ... }: { environment.systemPackages = [ pkgs.kubectl ]; networking.hosts."10.0.0.1" = [ "nas" ]; }',
      ),
    ];
    const settings = settingsOf(facts, "ee");
    expect(settings.environment.systemPackages).toHaveLength(3);
    expect(settings.networking.hosts).toMatchObject({ "10.0.0.1": ["nas"], "192.168.56.11": ["il"] });
  });

  it("cannot bring swap back", () => {
    const facts = shippedFacts();
    facts.machines.ee.modules = [
      write("hardware.nix", '{ swapDevices = [ { device = "/var/swap"; } ]; zramSwap.enable = true; }'),
    ];
    expect(settingsOf(facts, "ee").swapDevices).toEqual([]);
    expect(settingsOf(facts, "ee").zramSwap.enable).toBe(false);
  });

  it("cannot contradict what the cluster agrees on without saying mkForce", () => {
    const facts = shippedFacts();
    facts.cluster.modules = [write("own.nix", '{ services.kubernetes.masterAddress = "fern"; }')];
    const evaluation = systems(facts);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(
      "`services.kubernetes.masterAddress' has conflicting definition values",
    );
  });

  it("are named, with machine and option, when they set what does not exist", () => {
    const facts = shippedFacts();
    facts.machines.ee.modules = [write("typo.nix", "{ services.opensh.enable = true; }")];
    const evaluation = systems(facts, ["--show-trace"]);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain("The option `services.opensh' does not exist");
    expect(evaluation.messages).toContain(facts.machines.ee.modules[0]);
    expect(evaluation.messages).toContain("the NixOS system of the machine ee");
  });
});

describeWithNix("secrets of the user's own", () => {
  /** The machine ee, with a module of the user's. */
  function ee(module: string, secrets = ["wifi"]): { evaluation: Evaluation; file: string } {
    const facts = shippedFacts();
    facts.cluster.secrets = secrets;
    const file = write("own.nix", module);
    facts.machines.ee.modules = [file];
    return { evaluation: systems(facts), file };
  }
  const places = (module: string) =>
    value(ee(module).evaluation).ee.secrets.filter((file: { secret: string }) =>
      file.secret.startsWith("kluster:"),
    );

  it("change nothing of a system that asks for none", () => {
    const facts = shippedFacts();
    facts.cluster.secrets = ["wifi"];
    expect(value(systems(facts))).toEqual(value(systems(shippedFacts())));
  });

  it("are root's, unless more is said, and need no word in the activation", () => {
    expect(places("{ kluster.secrets.wifi = { }; }")).toEqual([
      {
        ...{ secret: "kluster:secrets.wifi", path: "/var/lib/kluster/secrets/wifi" },
        ...{ owner: "root", group: "root", mode: "0400", restartUnits: [] },
      },
    ]);
    const activation = (module: string) => {
      const facts = shippedFacts();
      facts.cluster.secrets = ["wifi"];
      facts.cluster.modules = [write("own.nix", module)];
      return settingsOf(facts, "ee").system.activationScripts;
    };
    expect(activation('{ kluster.secrets.wifi = { mode = "0444"; owner = "1000"; }; }')).toEqual({});
    expect(
      activation('{ users.groups.wifi = { }; kluster.secrets.wifi.group = "wifi"; }')["kluster-secrets"],
    ).toEqual({
      deps: ["users", "groups"],
      text: expect.stringMatching(/bash .*own-secrets\.sh \/var\/lib\/kluster\/secret-files$/),
    });
  });

  it("may be found at another path, by a link", () => {
    expect(places('{ kluster.secrets.wifi.path = "/var/lib/radio/key"; }')).toMatchObject([
      { path: "/var/lib/kluster/secrets/wifi", link: "/var/lib/radio/key" },
    ]);
  });

  const wifi = "kluster.secrets.wifi";
  it.each([
    [
      "that the stack has not",
      `{ kluster.secrets.wlan = { }; }`,
      "kluster.secrets.wlan of ee (FILE) asks for a secret that the stack dev has not. Give it: pulumi config set --stack dev --secret --path kluster:secrets.wlan",
    ],
    [
      "of a user who is not there",
      `{ ${wifi}.owner = "radio"; }`,
      "kluster.secrets.wifi of ee (FILE) has the owner radio, and there is no such user. Declare users.users.radio",
    ],
    [
      "of a group that is not there",
      `{ ${wifi}.group = "radio"; }`,
      "has the group radio, and there is no such group. Declare users.groups.radio",
    ],
    [
      "that would be gone after a reboot",
      `{ ${wifi}.path = "/run/radio/key"; }`,
      "has the path /run/radio/key, which is gone after a reboot. Choose another, or leave it out: then it is /var/lib/kluster/secrets/wifi",
    ],
    [
      "in the home of another user",
      `{ users.users.radio.home = "/var/lib/radio"; ${wifi}.path = "/var/lib/radio/key"; }`,
      "has the path /var/lib/radio/key in the folder of another user",
    ],
    [
      "among what is kluster's own",
      `{ ${wifi}.path = "/var/lib/kluster/identity"; }`,
      "has the path /var/lib/kluster/identity in kluster's own folder",
    ],
    ["whose path goes back", `{ ${wifi}.path = "/srv/../run/key"; }`, "which goes back and forth"],
    [
      "at the path of another",
      `{ ${wifi}.path = "/srv/key"; kluster.secrets.other.path = "/srv/key"; }`,
      "has the same path as kluster.secrets.other: /srv/key",
    ],
    ["with a mode that is none", `{ ${wifi}.mode = "rw"; }`, "is not of type"],
    ["whose path is none", `{ ${wifi}.path = "radio key"; }`, "is not of type"],
    ["with a unit that is none", `{ ${wifi}.restartUnits = [ "radio" ]; }`, "is not of type"],
  ])("are refused one %s", (_, module, message) => {
    const { evaluation, file } = ee(module, ["wifi", "other"]);
    expect(evaluation.ok).toBe(false);
    expect(evaluation.messages).toContain(message.replace("FILE", file));
  });

  it("are refused all at once", () => {
    const { messages } = ee('{ kluster.secrets.a = { }; kluster.secrets.b.owner = "radio"; }').evaluation;
    expect(messages.match(/kluster: kluster\.secrets\.[ab] of ee/g)).toHaveLength(3);
  });

  it("cannot be one of the program's by its name", () => {
    const { messages } = ee("{ kluster.secrets.ca-certificate = { }; }").evaluation;
    expect(messages).toContain("kluster.secrets.ca-certificate of ee");
    const facts = shippedFacts();
    facts.cluster.secrets = ["ca-certificate"];
    facts.machines.ee.modules = [write("own.nix", "{ kluster.secrets.ca-certificate = { }; }")];
    const names = value(systems(facts)).ee.secrets.map(({ secret }: { secret: string }) => secret);
    expect(names.filter((name: string) => name.endsWith("ca-certificate"))).toEqual([
      "ca-certificate",
      "kluster:secrets.ca-certificate",
    ]);
  });
});

describeWithNix("nix/default.nix", () => {
  it("gives derivation, store path and the places of secrets for each machine", () => {
    const result = value(systems(shippedFacts()));
    expect(Object.keys(result).sort()).toEqual(["ee", "il", "sam"]);
    for (const [name, system] of Object.entries<any>(result)) {
      expect(Object.keys(system).sort()).toEqual([
        ...["bootstrapObjects", "certificates", "drvPath", "secrets", "storePath", "summary"],
      ]);
      expect(system.drvPath).toMatch(new RegExp(`^${nix.store}/[a-z0-9]{32}-nixos-system-${name}\\.drv$`));
      expect(system.storePath).toMatch(new RegExp(`^${nix.store}/[a-z0-9]{32}-nixos-system-${name}$`));
    }
  });

  it("gives the place of a user's secret on the machines that ask for it, and on no other", () => {
    const facts = shippedFacts();
    facts.cluster.secrets = ["wifi", "unused"];
    facts.machines.ee.modules = [join(__dirname, "fixtures/wifi.nix")];
    const result = value(systems(facts));
    const own = (machine: string) =>
      result[machine].secrets.filter(({ secret }: { secret: string }) => secret.startsWith("kluster:"));
    expect(own("ee")).toEqual([
      {
        secret: "kluster:secrets.wifi",
        path: "/var/lib/kluster/secrets/wifi",
        owner: "wifi",
        group: "wifi",
        mode: "0400",
        restartUnits: ["wifi.service"],
      },
    ]);
    expect(own("il")).toEqual([]);
    expect(own("sam")).toEqual([]);
  });

  it("gives the same system for the same facts, and another for others", () => {
    const first = value(systems(shippedFacts()));
    const facts = shippedFacts();
    expect(value(systems(facts))).toEqual(first);
    facts.machines.ee.rootUuid = "00000000-0000-0000-0000-000000000000";
    const second = value(systems(facts));
    expect(second.ee.storePath).not.toBe(first.ee.storePath);
    expect(second.il.storePath).toBe(first.il.storePath);
  });

  it("lets nothing into the store that it was not asked to take", () => {
    const secret = "planted-5ecre7";
    const planted: any = shippedFacts();
    planted.cluster.joinToken = secret;
    planted.cluster.caKey = secret;
    planted.machines.il.hostKey = secret;
    planted.machines.il.virtualbox.macs.secret = secret;
    // What does go there, to prove that the search would find it.
    planted.cluster.authorizedKeys = ["ssh-ed25519 AAAA public-marker"];
    const result = value(systems(planted, ["--read-write-mode"]));
    const stored = files(nix.store).map((path) => readFileSync(path, "latin1"));
    expect(stored.some((content) => content.includes("public-marker"))).toBe(true);
    expect(stored.filter((content) => content.includes(secret))).toEqual([]);
    expect(JSON.stringify(result)).not.toContain(secret);
  });
});
