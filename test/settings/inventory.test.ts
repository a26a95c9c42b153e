import { join } from "node:path";
import { load, problemsOf, projectFolder, type Refusal, refusalsOf, virtualBox } from "./project";

const NAME =
  "lower-case letters, digits and hyphens, 1 to 63 of them, a letter or digit first and last (a DNS label, RFC 1123)";
const ADDRESS = "an IPv4 address: four numbers from 0 to 255 without leading zeros, such as 192.168.56.11";
const A_UUID = "a UUID such as 01b3bcba-c0ef-4538-8dd2-f7dee2952322, that no other host has";
const TOML =
  "TOML (https://toml.io): key = value lines under [table] headings, text in double quotes, every key and table once";

/** An inventory of one host. */
const host = (extra: string, name = "il") =>
  `[kluster]\nmaster = "${name}"\n[hosts.${name}]\nhost = "192.168.56.11"\n${extra}`;
/** The same with a second host. */
const ee = (address: string, extra = "") => `${host("")}[hosts.ee]\nhost = "${address}"\n${extra}`;
const UUID = "01b3bcba-c0ef-4538-8dd2-f7dee2952322";

describe("an inventory is refused for", () => {
  it.each<Refusal>([
    [
      "a file that is not there",
      { toml: null },
      [
        [
          'hosts.toml, "PROJECT/hosts.toml"',
          "can't be read: there is no such file",
          "a TOML file with the cluster's hosts",
          "write it (docs/guide/settings.md shows how), or name another: pulumi config set --stack dev kluster:inventory FILE",
        ],
      ],
    ],
    [
      "a folder in place of the file",
      { config: { inventory: "." } },
      [
        [
          '., "PROJECT"',
          "can't be read: it is a folder",
          "a TOML file with the cluster's hosts",
          "write it (docs/guide/settings.md shows how), or name another: pulumi config set --stack dev kluster:inventory FILE",
        ],
      ],
    ],
    [
      "text without quotes",
      { toml: "[kluster]\nmaster = il\n" },
      [
        [
          'hosts.toml, line 2, "master = il"',
          'not TOML: Unexpected character, expected "inf", "+inf" or "-inf"',
          TOML,
          "correct line 2, or the one before it",
        ],
      ],
    ],
    [
      "a table written twice",
      { toml: `${host("")}[hosts.il]\n` },
      [
        [
          'hosts.toml, line 5, "[hosts.il]"',
          "not TOML: Can't redefine existing key",
          TOML,
          "correct line 5, or the one before it",
        ],
      ],
    ],
    [
      "no table [kluster]",
      { toml: `[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          "hosts.toml, kluster",
          "there is no such table",
          '[kluster] with master = "il"',
          'write [kluster] and below it master = "il" into hosts.toml',
        ],
      ],
    ],
    [
      "an empty file",
      { toml: "" },
      [
        [
          "hosts.toml, hosts",
          "there are no hosts",
          'a table for each host: [hosts.il] with host = "192.168.56.11"',
          "write a table for each machine into hosts.toml",
        ],
        [
          "hosts.toml, kluster",
          "there is no such table",
          '[kluster] with master = "il"',
          'write [kluster] and below it master = "il" into hosts.toml',
        ],
      ],
    ],
    [
      "a table that is nearly [kluster]",
      { toml: `[cluster]\nmaster = "il"\n[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          "hosts.toml, cluster",
          "there is no such key",
          "kluster, hosts",
          'did you mean "kluster"? Rename it, or take it out: delete cluster in hosts.toml',
        ],
        [
          "hosts.toml, kluster",
          "there is no such table",
          '[kluster] with master = "il"',
          'write [kluster] and below it master = "il" into hosts.toml',
        ],
      ],
    ],
    [
      "no master",
      { toml: `[kluster]\n[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          "hosts.toml, kluster.master",
          "missing: no host is the master",
          "the name of one of the hosts: il",
          'write master = "il" under [kluster] in hosts.toml',
        ],
      ],
    ],
    [
      "a master that is no host",
      {
        toml: `[kluster]\nmaster = "i1"\n[hosts.il]\nhost = "192.168.56.11"\n[hosts.ee]\nhost = "192.168.56.12"\n`,
      },
      [
        [
          'hosts.toml, kluster.master = "i1"',
          "there is no such host",
          "the name of one of the hosts: il, ee",
          'write master = "il" under [kluster] in hosts.toml',
        ],
      ],
    ],
    [
      "a master that is no text",
      { toml: `[kluster]\nmaster = 1\n[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          "hosts.toml, kluster.master = 1",
          "not text",
          "the name of one of the hosts: il",
          'write master = "il" under [kluster] in hosts.toml',
        ],
      ],
    ],
    [
      "[kluster] that is no table",
      { toml: `kluster = "il"\n[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          'hosts.toml, kluster = "il"',
          "not a table",
          '[kluster] with master = "il"',
          "write a table there instead of the value",
        ],
      ],
    ],
    [
      "no hosts",
      { toml: `[kluster]\nmaster = "il"\n` },
      [
        [
          "hosts.toml, hosts",
          "there are no hosts",
          'a table for each host: [hosts.il] with host = "192.168.56.11"',
          "write a table for each machine into hosts.toml",
        ],
      ],
    ],
    [
      "an empty [hosts]",
      { toml: `[kluster]\nmaster = "il"\n[hosts]\n` },
      [
        [
          "hosts.toml, hosts = {}",
          "there are no hosts",
          'a table for each host: [hosts.il] with host = "192.168.56.11"',
          "write a table for each machine into hosts.toml",
        ],
      ],
    ],
    [
      "[hosts] that is a list",
      { toml: `hosts = ["il"]\n[kluster]\nmaster = "il"\n` },
      [
        [
          "hosts.toml, hosts = [ 'il' ]",
          "not a table",
          'a table for each host: [hosts.il] with host = "192.168.56.11"',
          "write a table there instead of the value",
        ],
      ],
    ],
    [
      "a host that is no table",
      { toml: `[kluster]\nmaster = "il"\n[hosts]\nil = "192.168.56.11"\n` },
      [
        [
          'hosts.toml, hosts.il = "192.168.56.11"',
          "not a table",
          '[hosts.il] with host = "192.168.56.11"',
          "write [hosts.NAME] and its keys below it",
        ],
      ],
    ],
    [
      "a host without an address",
      { toml: `[kluster]\nmaster = "il"\n[hosts.il]\n` },
      [
        [
          "hosts.toml, hosts.il.host",
          "missing: the machine has no address",
          ADDRESS,
          "write the address that this machine shall have",
        ],
      ],
    ],
    [
      "an address that is no IPv4 address",
      { toml: ee("192.168.56.300") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.300"',
          "not an IPv4 address",
          ADDRESS,
          "write the address that this machine shall have",
        ],
      ],
    ],
    [
      "an address that is empty",
      { toml: ee("") },
      [['hosts.toml, hosts.ee.host = ""', "empty", ADDRESS, "correct the value"]],
    ],
    [
      "an address that is a number",
      { toml: `${host("")}[hosts.ee]\nhost = 12\n` },
      [["hosts.toml, hosts.ee.host = 12", "not text", ADDRESS, "correct the value"]],
    ],
    [
      "an IPv6 address",
      { toml: ee("fe80::1") },
      [
        [
          'hosts.toml, hosts.ee.host = "fe80::1"',
          "not an IPv4 address",
          ADDRESS,
          "write the address that this machine shall have",
        ],
      ],
    ],
    [
      "an address with a leading zero",
      { toml: ee("192.168.56.012") },
      [
        [
          'hosts.toml, hosts.ee.host = "192.168.56.012"',
          "not an IPv4 address",
          ADDRESS,
          "write the address that this machine shall have",
        ],
      ],
    ],
    [
      "a name in capitals",
      { toml: `${host("")}[hosts.Node_EE]\nhost = "192.168.56.12"\n` },
      [["hosts.toml, hosts.Node_EE", "not a DNS label in lower case", NAME, "call it node-ee"]],
    ],
    [
      "a name with a dot",
      { toml: `${host("")}[hosts."ee.lan"]\nhost = "192.168.56.12"\n` },
      [['hosts.toml, hosts."ee.lan"', "not a DNS label in lower case", NAME, "call it ee-lan"]],
    ],
    [
      "a name of 64 letters",
      { toml: `${host("")}[hosts.${"x".repeat(64)}]\nhost = "192.168.56.12"\n` },
      [
        [
          "hosts.toml, hosts.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
          "not a DNS label in lower case",
          NAME,
          "call it xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
      ],
    ],
    [
      "a name of digits",
      { toml: `${host("")}[hosts.10]\nhost = "192.168.56.12"\n` },
      [
        [
          "hosts.toml, hosts.10",
          "programs would take this name for a number, that is an address",
          NAME,
          "call it node-10",
        ],
      ],
    ],
    [
      "the name localhost",
      { toml: `${host("")}[hosts.localhost]\nhost = "192.168.56.12"\n` },
      [
        [
          "hosts.toml, hosts.localhost",
          "every machine calls itself that already",
          NAME,
          "call it node-localhost",
        ],
      ],
    ],
    [
      "a disk_uuid that is none",
      { toml: host('disk_uuid = "sda1"\n') },
      [
        [
          'hosts.toml, hosts.il.disk_uuid = "sda1"',
          "not a UUID",
          A_UUID,
          "leave the key out to have one made, or make one with uuidgen",
        ],
      ],
    ],
    [
      "a disk_uuid of zeros",
      { toml: host('disk_uuid = "00000000-0000-0000-0000-000000000000"\n') },
      [
        [
          'hosts.toml, hosts.il.disk_uuid = "00000000-0000-0000-0000-000000000000"',
          "not a UUID",
          A_UUID,
          "leave the key out to have one made, or make one with uuidgen",
        ],
      ],
    ],
    [
      "a disk_uuid twice, in whatever case",
      {
        toml: `${host(`disk_uuid = "${UUID}"\n`)}[hosts.ee]\nhost = "192.168.56.12"\ndisk_uuid = "${UUID.toUpperCase()}"\n`,
      },
      [
        [
          'hosts.toml, hosts.ee.disk_uuid = "01B3BCBA-C0EF-4538-8DD2-F7DEE2952322"',
          "il has this UUID too",
          A_UUID,
          "leave the key out to have one made, or make one with uuidgen",
        ],
      ],
    ],
    [
      "a master with less memory than kubeadm asks",
      { toml: host("memory = 1699\n") },
      [
        [
          "hosts.toml, hosts.il.memory = 1699",
          "too little: kubeadm asks the same of a control plane",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "a node with too little memory",
      { toml: ee("192.168.56.12", "memory = 1023\n") },
      [
        [
          "hosts.toml, hosts.ee.memory = 1023",
          "too little: NixOS, kubelet and containerd leave no room for pods with less",
          "a whole number from 1024 to 2097152 MB",
          "write memory = 2048 under [hosts.ee] in hosts.toml",
        ],
      ],
    ],
    [
      "memory in bytes",
      { toml: host("memory = 2147483648\n") },
      [
        [
          "hosts.toml, hosts.il.memory = 2147483648",
          "too much",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "memory as text",
      { toml: host('memory = "2048"\n') },
      [
        [
          'hosts.toml, hosts.il.memory = "2048"',
          "text instead of a number",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "memory with a unit",
      { toml: host('memory = "4 GB"\n') },
      [
        [
          'hosts.toml, hosts.il.memory = "4 GB"',
          "text instead of a number",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 4096 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "memory with a fraction",
      { toml: host("memory = 2048.5\n") },
      [
        [
          "hosts.toml, hosts.il.memory = 2048.5",
          "not a whole number",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "more memory than a number can hold",
      { toml: host("memory = 9999999999999999999\n") },
      [
        [
          "hosts.toml, hosts.il.memory",
          "too many digits",
          "a whole number from 1700 to 2097152 MB",
          "write memory = 2048 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "no processor",
      { toml: host("cpus = 0\n") },
      [
        [
          "hosts.toml, hosts.il.cpus = 0",
          "too little: a machine needs one",
          "a whole number from 1 to 64",
          "write cpus = 1 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "more processors than VirtualBox has",
      { toml: host("cpus = 65\n") },
      [
        [
          "hosts.toml, hosts.il.cpus = 65",
          "too much",
          "a whole number from 1 to 64",
          "write cpus = 1 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "a disk that is too small",
      { toml: host("disk = 6143\n") },
      [
        [
          "hosts.toml, hosts.il.disk = 6143",
          "too little: NixOS with Kubernetes fills it up to where kubelet starts to evict pods",
          "a whole number from 6144 to 2097151 MB",
          "write disk = 16384 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "a disk with a unit",
      { toml: host('disk = "16GiB"\n') },
      [
        [
          'hosts.toml, hosts.il.disk = "16GiB"',
          "text instead of a number",
          "a whole number from 6144 to 2097151 MB",
          "write disk = 16384 under [hosts.il] in hosts.toml",
        ],
      ],
    ],
    [
      "an unknown key at the top",
      { toml: `${host("")}[host.ee]\nhost = "192.168.56.12"\n` },
      [
        [
          "hosts.toml, host",
          "there is no such key",
          "kluster, hosts",
          'did you mean "hosts"? Rename it, or take it out: delete host in hosts.toml',
        ],
      ],
    ],
    [
      "an unknown key of [kluster]",
      { toml: `[kluster]\nmaster = "il"\nmasters = ["il"]\n[hosts.il]\nhost = "192.168.56.11"\n` },
      [
        [
          "hosts.toml, kluster.masters",
          "there is no such key",
          "master",
          'did you mean "master"? Rename it, or take it out: delete masters under [kluster] in hosts.toml',
        ],
      ],
    ],
    [
      "an unknown key of a host",
      { toml: host("memroy = 4096\n") },
      [
        [
          "hosts.toml, hosts.il.memroy",
          "there is no such key",
          "host, disk_uuid, labels, taints, memory, cpus, disk, modules",
          'did you mean "memory"? Rename it, or take it out: delete memroy under [hosts.il] in hosts.toml',
        ],
      ],
    ],
    [
      "an unknown key that is like no other",
      { toml: host('"colour of the case" = "red"\n') },
      [
        [
          'hosts.toml, hosts.il."colour of the case"',
          "there is no such key",
          "host, disk_uuid, labels, taints, memory, cpus, disk, modules",
          'delete "colour of the case" under [hosts.il] in hosts.toml',
        ],
      ],
    ],
    [
      "a module that is not there",
      { toml: host('modules = ["./nix/il.nix", "/nowhere/b.nix"]\n') },
      [
        [
          'hosts.toml, hosts.il.modules = "./nix/il.nix"',
          "there is no such module: looked for PROJECT/nix/il.nix",
          "a file, or a folder with a default.nix, given from PROJECT on or absolutely",
          "correct the path, or write that module",
        ],
        [
          'hosts.toml, hosts.il.modules = "/nowhere/b.nix"',
          "there is no such module",
          "a file, or a folder with a default.nix, given from PROJECT on or absolutely",
          "correct the path, or write that module",
        ],
      ],
    ],
    [
      "a module folder without a default.nix",
      { toml: host('modules = ["./nix"]\n'), files: { "nix/other.nix": "{}" } },
      [
        [
          'hosts.toml, hosts.il.modules = "./nix"',
          "there is no such module: looked for PROJECT/nix",
          "a file, or a folder with a default.nix, given from PROJECT on or absolutely",
          "correct the path, or write that module",
        ],
      ],
    ],
    [
      "modules that are no list",
      { toml: host('modules = "./il.nix"\n'), files: { "il.nix": "{}" } },
      [
        [
          'hosts.toml, hosts.il.modules = "./il.nix"',
          "not a list of texts",
          'a list of texts, such as ["./my.nix"]',
          "correct the value",
        ],
      ],
    ],
    [
      "modules that are no texts",
      { toml: host("modules = [1]\n") },
      [
        [
          "hosts.toml, hosts.il.modules = [ 1 ]",
          "not a list of texts",
          'a list of texts, such as ["./my.nix"]',
          "correct the value",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("an inventory is read", () => {
  it("with every key that a host may have", () => {
    const toml = host(
      `disk_uuid = "${UUID.toUpperCase()}"\nmemory = 4096\ncpus = 2\ndisk = 8192\nmodules = ["il.nix"]\n` +
        `labels = { "example.org/disk" = "ssd" }\ntaints = ["dedicated=database:PreferNoSchedule"]\n`,
    );
    const given = { toml, files: { "il.nix": "{}" } };
    const folder = projectFolder(given);
    const settings = load(given, folder);
    expect(virtualBox(settings).hosts).toEqual({ il: { memory: 4096, cpus: 2, disk: 8192 } });
    expect(settings.hosts).toEqual([
      {
        name: "il",
        address: "192.168.56.11",
        nodeAddress: "192.168.56.11",
        roles: ["master", "node"],
        diskUuid: UUID,
        labels: { "example.org/disk": "ssd" },
        taints: { "dedicated:PreferNoSchedule": "database" },
        modules: [join(folder, "il.nix")],
      },
    ]);
  });

  it("in the order of its hosts, whatever their names", () => {
    const names = ["zoe", "ada", "node-1", "b2"];
    const hosts = names.map((name, index) => `[hosts.${name}]\nhost = "192.168.56.${20 + index}"\n`);
    const settings = load({ toml: `[kluster]\nmaster = "ada"\n${hosts.join("")}` });
    expect(settings.hosts.map(({ name, roles }) => [name, roles.length])).toEqual([
      ["zoe", 1],
      ["ada", 2],
      ["node-1", 1],
      ["b2", 1],
    ]);
  });

  it("with a byte order mark and Windows' ends of lines", () => {
    expect(load({ toml: `\uFEFF${host("")}`.replace(/\n/g, "\r\n") }).master).toBe("il");
  });

  it("with a module that is a folder", () => {
    const given = { toml: host('modules = ["./web"]\n'), files: { "web/default.nix": "{}" } };
    const folder = projectFolder(given);
    expect(load(given, folder).hosts[0].modules).toEqual([join(folder, "web")]);
  });

  it("with its hosts' modules beside it, wherever it lies", () => {
    const files = { "private/hosts.toml": host('modules = ["il.nix"]\n'), "private/il.nix": "{}" };
    const given = { toml: null, files, config: { inventory: "private/hosts.toml" } };
    const folder = projectFolder(given);
    expect(load(given, folder).hosts[0].modules).toEqual([join(folder, "private/il.nix")]);
  });

  it("without harm from names that JavaScript uses itself", () => {
    for (const table of [
      "hosts.constructor",
      "hosts.__proto__",
      "constructor",
      "__proto__",
      "kluster.constructor",
    ]) {
      expect(problemsOf({ toml: `${host("")}[${table}]\nhost = "192.168.56.12"\n` })).not.toEqual([]);
    }
    expect(load().hosts).toHaveLength(2);
  });
});
