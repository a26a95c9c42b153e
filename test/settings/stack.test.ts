import { load, problemsOf, type Refusal, refusalsOf, virtualBox } from "./project";
const STACK_KEYS =
  "inventory, provider, adapter, bridge, network, wireguard, wireguardPort, memory, cpus, disk, pods, services, apiPort, certificateDays, podSecurity, allowSchedulingOnMaster, maxUnavailable, reboot, modules, secrets, rotate, rollback, snapshots, nixpkgs, installer";

describe("a stack's configuration is refused for", () => {
  it.each<Refusal>([
    [
      "an unknown key",
      { config: { inventry: "x.toml" } },
      [
        [
          "Pulumi.dev.yaml, kluster:inventry",
          "there is no such key",
          STACK_KEYS,
          'did you mean "inventory"? Rename it, or take it out: pulumi config rm --stack dev kluster:inventry',
        ],
      ],
    ],
    [
      "an unknown key's value, which is not repeated",
      { config: { hcloudToken: "hunter2" } },
      [
        [
          "Pulumi.dev.yaml, kluster:hcloudToken",
          "there is no such key",
          STACK_KEYS,
          "pulumi config rm --stack dev kluster:hcloudToken",
        ],
      ],
    ],
    [
      "a provider to come",
      { config: { provider: "existing" } },
      [
        [
          'Pulumi.dev.yaml, kluster:provider = "existing"',
          "machines of this kind can't be made yet",
          "virtualbox or hetzner",
          "pulumi config set --stack dev kluster:provider virtualbox",
        ],
      ],
    ],
    [
      "a rollout in which no machine may change",
      { config: { maxUnavailable: 0, reboot: "always" } },
      [
        [
          "Pulumi.dev.yaml, kluster:maxUnavailable = 0",
          "too little: with none no machine could ever change",
          "a whole number from 1 to 256",
          "pulumi config set --stack dev kluster:maxUnavailable 1",
        ],
        [
          'Pulumi.dev.yaml, kluster:reboot = "always"',
          "there is no such choice",
          "never or ifNeeded",
          "pulumi config set --stack dev kluster:reboot never",
        ],
      ],
    ],
    [
      "a mistyped provider",
      { config: { provider: "virtualbx" } },
      [
        [
          'Pulumi.dev.yaml, kluster:provider = "virtualbx"',
          "there is no such choice",
          "virtualbox or hetzner",
          'did you mean "virtualbox"? pulumi config set --stack dev kluster:provider virtualbox',
        ],
      ],
    ],
    [
      "a provider that is no text",
      { config: { provider: 7 } },
      [
        [
          "Pulumi.dev.yaml, kluster:provider = 7",
          "not text",
          "virtualbox or hetzner",
          "pulumi config set --stack dev kluster:provider virtualbox",
        ],
      ],
    ],
    [
      "an inventory that is no text",
      { config: { inventory: ["hosts.toml"] } },
      [
        [
          "Pulumi.dev.yaml, kluster:inventory = [ 'hosts.toml' ]",
          "not text",
          "the path of a TOML file, from the project's folder on",
          "pulumi config set --stack dev kluster:inventory hosts.toml",
        ],
      ],
    ],
    [
      "memory that is no number",
      { config: { memory: "plenty" } },
      [
        [
          'Pulumi.dev.yaml, kluster:memory = "plenty"',
          "not a whole number",
          "a whole number from 1024 to 2097152 MB",
          "pulumi config set --stack dev kluster:memory 2048",
        ],
      ],
    ],
    [
      "memory with a unit",
      { config: { memory: "2GB" } },
      [
        [
          'Pulumi.dev.yaml, kluster:memory = "2GB"',
          "not a whole number",
          "a whole number from 1024 to 2097152 MB",
          "pulumi config set --stack dev kluster:memory 2048",
        ],
      ],
    ],
    [
      "memory under every host's need",
      { config: { memory: "512" } },
      [
        [
          'Pulumi.dev.yaml, kluster:memory = "512"',
          "too little: NixOS, kubelet and containerd leave no room for pods with less",
          "a whole number from 1024 to 2097152 MB",
          "pulumi config set --stack dev kluster:memory 2048",
        ],
      ],
    ],
    [
      "memory that suits nodes but not the master",
      { config: { memory: "1500" } },
      [
        [
          'Pulumi.dev.yaml, kluster:memory = "1500"',
          "too little for the master il: kubeadm asks the same of a control plane",
          "1700 MB or more, or a memory of its own for il",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "a negative number of processors",
      { config: { cpus: "-1" } },
      [
        [
          'Pulumi.dev.yaml, kluster:cpus = "-1"',
          "too little: a machine needs one",
          "a whole number from 1 to 64",
          "pulumi config set --stack dev kluster:cpus 1",
        ],
      ],
    ],
    [
      "a switch in place of a number",
      { config: { disk: true } },
      [
        [
          "Pulumi.dev.yaml, kluster:disk = true",
          "not a whole number",
          "a whole number from 6144 to 2097151 MB",
          "pulumi config set --stack dev kluster:disk 16384",
        ],
      ],
    ],
    [
      "nothing in place of a number",
      { config: { disk: null } },
      [
        [
          "Pulumi.dev.yaml, kluster:disk = null",
          "not a whole number",
          "a whole number from 6144 to 2097151 MB",
          "pulumi config set --stack dev kluster:disk 16384",
        ],
      ],
    ],
    [
      "modules that are not there",
      { config: { modules: ["./base.nix"] } },
      [
        [
          'Pulumi.dev.yaml, kluster:modules = "./base.nix"',
          "there is no such module: looked for PROJECT/base.nix",
          "a file, or a folder with a default.nix, given from PROJECT on or absolutely",
          "correct the path, or write that module",
        ],
      ],
    ],
    [
      "modules as one text",
      { config: { modules: "./base.nix" } },
      [
        [
          'Pulumi.dev.yaml, kluster:modules = "./base.nix"',
          "not a list of texts",
          'a list of texts, such as ["./my.nix"]',
          "correct the value",
        ],
      ],
    ],
    [
      "modules as broken JSON",
      { config: { modules: '["./base.nix"' } },
      [
        [
          'Pulumi.dev.yaml, kluster:modules = "[\\"./base.nix\\""',
          "not a list of texts",
          'a list of texts, such as ["./my.nix"]',
          "correct the value",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("a stack's configuration", () => {
  it("may be text throughout, as `pulumi config set` leaves it", () => {
    const config = {
      memory: "3072",
      cpus: "2",
      disk: "8192",
      apiPort: "443",
      certificateDays: "365",
      maxUnavailable: "2",
      reboot: "ifNeeded",
      modules: '["base.nix"]',
      installer: JSON.stringify({ url: "file:///srv/nixos.iso", sha256: "a".repeat(64) }),
    };
    const settings = load({ config, files: { "base.nix": "{}" } });
    expect(virtualBox(settings).hosts.il).toEqual({ memory: 3072, cpus: 2, disk: 8192 });
    expect(settings.kubernetes.apiPort).toBe(443);
    expect(settings.certificateDays).toBe(365);
    expect(settings.rollout).toEqual({ maxUnavailable: 2, reboot: "ifNeeded" });
    expect(settings.modules).toHaveLength(1);
    expect(virtualBox(settings).installer).toEqual({ url: "file:///srv/nixos.iso", sha256: "a".repeat(64) });
  });

  it("may be structured, as YAML leaves it", () => {
    const settings = load({ config: { memory: 3072, modules: ["./base.nix"] }, files: { "base.nix": "{}" } });
    expect(virtualBox(settings).hosts.ee.memory).toBe(3072);
    expect(settings.modules).toEqual([expect.stringMatching(/^\/.*\/base\.nix$/)]);
  });

  it("gives way to what a host says itself", () => {
    const toml = `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "192.168.56.11"\nmemory = 4096\n[hosts.ee]\nhost = "192.168.56.12"\n`;
    const settings = load({ toml, config: { memory: "1500" } });
    expect(virtualBox(settings).hosts).toMatchObject({ il: { memory: 4096 }, ee: { memory: 1500 } });
  });

  it("of a kind of machine to come is not measured by VirtualBox's rules", () => {
    const toml = `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "203.0.113.7"\n`;
    expect(problemsOf({ toml, config: { provider: "existing" } }).map(({ key }) => key)).toEqual([
      "kluster:provider",
    ]);
  });

  it("that is wrong is told of in the words of the stack at hand", () => {
    const next = problemsOf({ config: { memory: "0" } })[0].next;
    expect(next).toBe("pulumi config set --stack dev kluster:memory 2048");
  });
});
