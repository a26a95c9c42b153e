import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Facts, hetznerFacts, shippedFacts, withWireGuard } from "./facts";
import { checkout, describeWithNix, Evaluation, nixpkgs, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
afterAll(() => nix.remove());
let written = 0;

function write(name: string, content: string): string {
  const folder = join(nix.folder, `input-${++written}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** The system of one machine, made with the lab's nixpkgs, if no other is given, whose options are NixOS's by name, type and default. */
function systemOf(machine: string, facts: Facts): Evaluation {
  const document = write("facts.json", JSON.stringify(facts));
  const args = ["--argstr", "facts", document, "--arg", "nixpkgs", nixpkgs, "-A", `${machine}.storePath`];
  return nix.evaluate(["--read-write-mode", join(checkout, "nix/default.nix"), ...args]);
}

/** The same with a module of the user's on that machine. */
function withModule(module: string, { facts = shippedFacts, machine = "ee" } = {}) {
  const document = facts();
  const file = write("own.nix", module.startsWith("{ lib") ? module : `{ lib, ... }: with lib; ${module}`);
  document.machines[machine].modules = [file];
  return { file, ...systemOf(machine, document) };
}

/** What is refused of a machine, one line each. */
const refusals = ({ messages }: Evaluation) => messages.split(/- (?=kluster: )/).slice(1);

const hetzner = { facts: hetznerFacts };
const master = { machine: "il" };
const ssh = (settings: string) => `{ services.openssh = { ${settings} }; }`;
const text = (lines: string) => ssh(`extraConfig = ${JSON.stringify(lines)};`);

interface Case {
  what: string;
  module: string;
  /** Option and value, as the message has them. */
  is: string;
  /** Of the advice. */
  need: string;
  on?: { facts?: () => Facts; machine?: string };
}

const refused: Case[] = [
  // SSH
  {
    what: "SSH off",
    module: ssh("enable = mkForce false;"),
    is: "services.openssh.enable of ee is false",
    need: "by SSH alone",
  },
  {
    ...{ what: "another port for SSH", module: ssh("ports = [ 31415 ];") },
    ...{
      is: "services.openssh.ports of ee is [ 31415 ]",
      need: "on port 22: have it among them, [ 22 31415 ]",
    },
  },
  {
    ...{
      what: "another port for SSH, started when needed",
      module: ssh("ports = [ 31415 ]; startWhenNeeded = true; settings.Port = 22;"),
    },
    ...{ is: "services.openssh.ports of ee is [ 31415 ]", need: "on port 22" },
  },
  {
    ...{ what: "SSH on another address", module: ssh('listenAddresses = [ { addr = "10.0.0.1"; } ];') },
    ...{
      is: 'services.openssh.listenAddresses of ee is [ "10.0.0.1" ]',
      need: "at 192.168.56.12, port 22: have one of 0.0.0.0 and 192.168.56.12",
    },
  },
  {
    ...{
      what: "SSH at the private address of a server",
      module: ssh('listenAddresses = [ { addr = "10.64.0.12"; } ];'),
      on: hetzner,
    },
    ...{ is: "services.openssh.listenAddresses of ee", need: "at 198.51.100.12, port 22" },
  },
  {
    ...{
      what: "SSH on its address at another port",
      module: ssh('listenAddresses = [ { addr = "0.0.0.0"; port = 2222; } ];'),
    },
    ...{ is: 'services.openssh.listenAddresses of ee is [ "0.0.0.0:2222" ]', need: "with that port" },
  },
  {
    ...{ what: "an address to listen on in the text", module: text("ListenAddress 127.0.0.1:22") },
    ...{
      is: "services.openssh.extraConfig of ee has the line “ListenAddress 127.0.0.1:22”",
      need: "at 192.168.56.12",
    },
  },
  {
    ...{ what: "another family of addresses", module: ssh('settings.AddressFamily = "inet6";') },
    ...{ is: 'services.openssh.settings.AddressFamily of ee is "inet6"', need: "at 192.168.56.12: have any" },
  },
  ...["no", "forced-commands-only"].map((how) => ({
    ...{ what: `root's login ${how}`, module: ssh(`settings.PermitRootLogin = mkForce "${how}";`) },
    ...{
      is: `services.openssh.settings.PermitRootLogin of ee is "${how}"`,
      need: 'leave it at "prohibit-password"',
    },
  })),
  {
    ...{
      what: "no root in the text, where no setting says it",
      module: ssh('settings.PermitRootLogin = mkForce null; extraConfig = "permitrootlogin no";'),
    },
    ...{ is: "services.openssh.extraConfig of ee has the line “permitrootlogin no”", need: "as root" },
  },
  {
    ...{ what: "no keys", module: ssh("settings.PubkeyAuthentication = false;") },
    ...{ is: "services.openssh.settings.PubkeyAuthentication of ee is false", need: "by a key" },
  },
  {
    ...{ what: "no keys, in other letters", module: ssh('settings.pubkeyauthentication = "no";') },
    ...{ is: "services.openssh.settings.pubkeyauthentication of ee", need: "by a key" },
  },
  {
    ...{
      what: "a key and a password",
      module: ssh('settings.AuthenticationMethods = "publickey,password";'),
    },
    ...{ is: "services.openssh.settings.AuthenticationMethods of ee", need: "on its own" },
  },
  {
    ...{
      what: "keys of other kinds",
      module: ssh('settings.PubkeyAcceptedAlgorithms = "rsa-sha2-*,ecdsa-*";'),
    },
    ...{ is: "services.openssh.settings.PubkeyAcceptedAlgorithms of ee", need: "ssh-ed25519" },
  },
  {
    ...{
      what: "keys elsewhere",
      module: ssh('authorizedKeysFiles = mkForce [ "%h/.ssh/authorized_keys" ];'),
    },
    ...{
      is: 'services.openssh.authorizedKeysFiles of ee is [ "%h/.ssh/authorized_keys" ]',
      need: "/etc/ssh/authorized_keys.d/%u",
    },
  },
  {
    ...{
      what: "keys elsewhere by sshd's own setting",
      module: ssh('settings.AuthorizedKeysFile = ".ssh/authorized_keys";'),
    },
    ...{
      is: 'services.openssh.settings.AuthorizedKeysFile of ee is ".ssh/authorized_keys"',
      need: "/etc/ssh/authorized_keys.d/%u",
    },
  },
  {
    ...{
      what: "other keys of root alone",
      module: '{ users.users.root.openssh.authorizedKeys.keys = mkForce [ "ssh-ed25519 AAAA me" ]; }',
    },
    ...{ is: "users.users.root.openssh.authorizedKeys.keys of ee lacks the key", need: "without mkForce" },
  },
  {
    ...{
      what: "another host key",
      module: ssh('hostKeys = mkForce [ { type = "ed25519"; path = "/persist/key"; } ];'),
    },
    ...{ is: 'services.openssh.hostKeys of ee is [ "/persist/key" ]', need: "/etc/ssh/ssh_host_ed25519_key" },
  },
  {
    ...{ what: "other users alone", module: ssh('settings.AllowUsers = [ "alice" "b*" ];') },
    ...{ is: 'services.openssh.settings.AllowUsers of ee is [ "alice" "b*" ]', need: "add root" },
  },
  {
    ...{ what: "root denied by a pattern", module: ssh('settings.DenyUsers = [ "r??t" ];') },
    ...{ is: 'services.openssh.settings.DenyUsers of ee is [ "r??t" ]', need: "let root in" },
  },
  {
    ...{ what: "another group alone", module: ssh('settings.AllowGroups = [ "wheel" ];') },
    ...{ is: 'services.openssh.settings.AllowGroups of ee is [ "wheel" ]', need: "add the group root" },
  },
  {
    ...{ what: "root's group denied", module: text("DenyGroups root") },
    ...{ is: "services.openssh.extraConfig of ee has the line “DenyGroups root”", need: "let its groups in" },
  },
  {
    ...{ what: "a block for root", module: text("Match User root\n  PermitRootLogin no\n") },
    ...{
      is: "services.openssh.extraConfig of ee has the line “Match User root: PermitRootLogin no”",
      need: "as root",
    },
  },
  {
    ...{ what: "a block for everybody", module: text("Match All\n  ForceCommand internal-sftp\n") },
    ...{ is: "has the line “Match All: ForceCommand internal-sftp”", need: "leave it out for root" },
  },
  {
    ...{ what: "a block for all but some", module: text("Match User *,!alice\n  AuthorizedKeysFile none\n") },
    ...{ is: "has the line “Match User *,!alice: AuthorizedKeysFile none”", need: "kluster's key is in" },
  },
  {
    ...{
      what: "no shell for root",
      module: '{ users.users.root.shell = "/run/current-system/sw/bin/nologin"; }',
    },
    ...{ is: 'users.users.root.shell of ee is "/run/current-system/sw/bin/nologin"', need: "have a shell" },
  },
  // The network
  {
    ...{ what: "another name", module: '{ networking.hostName = mkForce "fern"; }' },
    ...{ is: 'networking.hostName of ee is "fern"', need: "It is ee in the inventory" },
  },
  {
    ...{ what: "NetworkManager", module: "{ networking.networkmanager.enable = true; }" },
    ...{ is: "networking.networkmanager.enable of ee is true", need: "leave it off" },
  },
  {
    ...{ what: "scripted networking", module: "{ networking.useNetworkd = mkForce false; }" },
    ...{ is: "networking.useNetworkd of ee is false", need: "by systemd-networkd" },
  },
  {
    ...{
      what: "another address",
      module: '{ systemd.network.networks."00-kluster-cluster".address = mkForce [ "10.0.0.1/24" ]; }',
    },
    ...{
      is: 'systemd.network.networks."00-kluster-cluster".address of ee is [ "10.0.0.1/24" ]',
      need: 'needs [ "192.168.56.12/24" ]',
    },
  },
  {
    ...{
      what: "another card for the address",
      module: '{ systemd.network.networks."00-kluster-cluster".matchConfig = mkForce { Name = "enp0s8"; }; }',
    },
    ...{ is: 'systemd.network.networks."00-kluster-cluster".matchConfig of ee', need: "MACAddress" },
  },
  {
    ...{
      what: "a network that is off",
      module: '{ systemd.network.networks."00-kluster-egress".enable = false; }',
    },
    ...{ is: 'systemd.network.networks."00-kluster-egress" of ee is not there, or off', need: "leave it on" },
  },
  {
    ...{ what: "no networks", module: "{ systemd.network.networks = mkForce { }; }" },
    ...{
      is: 'systemd.network.networks."00-kluster-cluster" of ee is not there, or off',
      need: "leave it on",
    },
  },
  ...[
    '{ Name = "en*"; }',
    '{ Name = "!wg*"; }',
    '{ Name = "e* lo"; }',
    '{ Type = "ether"; }',
    '{ Type = "ether"; Kind = "!*"; }',
    '{ MACAddress = "08:00:27:00:02:01"; }',
    '{ Driver = "e1000"; }',
    "{ }",
  ].map((match) => ({
    ...{
      what: `a network before ours for ${match}`,
      module: `{ systemd.network.networks."00-a" = { matchConfig = ${match}; DHCP = "yes"; }; }`,
    },
    ...{
      is: 'systemd.network.networks."00-a" of ee sorts before 00-kluster-cluster and may match',
      need: 'such as "50-00-a"',
    },
  })),
  {
    ...{
      what: "a network before ours as a file",
      module: '{ environment.etc."systemd/network/00-a.network".text = "[Match]"; }',
    },
    ...{
      is: 'environment.etc."systemd/network/00-a.network" of ee is a file of networkd\'s',
      need: "declare it in systemd.network.networks",
    },
  },
  {
    ...{
      what: "an addition to our network as a file",
      module: '{ environment.etc."systemd/network/00-kluster-cluster.network.d/x.conf".text = "[Network]"; }',
    },
    ...{ is: "is a file of networkd's that comes before kluster's own, or adds to it", need: "declare it" },
  },
  {
    ...{
      what: "DHCP off at Hetzner",
      on: hetzner,
      module: '{ systemd.network.networks."00-kluster-public".networkConfig.DHCP = mkForce false; }',
    },
    ...{ is: 'systemd.network.networks."00-kluster-public".networkConfig of ee', need: 'DHCP = "ipv4"' },
  },
  // The firewall
  {
    ...{ what: "a firewall closed to SSH", module: ssh("openFirewall = mkForce false;") },
    ...{
      is: "services.openssh.openFirewall of ee is false",
      need: "port 22: have 22 among networking.firewall.allowedTCPPorts",
    },
  },
  {
    ...{ what: "other ports alone", module: "{ networking.firewall.allowedTCPPorts = mkForce [ 80 ]; }" },
    ...{
      is: "networking.firewall.allowedTCPPorts of ee is [ 80 ]",
      need: "have 22 among networking.firewall.allowedTCPPorts",
    },
  },
  {
    ...{
      what: "SSH on one interface",
      module:
        "{ services.openssh.openFirewall = mkForce false; networking.firewall.interfaces.enp0s8.allowedTCPPorts = [ 22 ]; }",
    },
    ...{
      is: "services.openssh.openFirewall of ee is false",
      need: "nobody knows here what the network card is called",
    },
  },
  {
    ...{
      what: "an API that is closed",
      on: master,
      module: "{ networking.firewall.allowedTCPPorts = mkForce [ 22 ]; }",
    },
    ...{
      is: "networking.firewall.allowedTCPPorts of il is [ 22 ]",
      need: "Kubernetes API: have 6443 among networking.firewall.allowedTCPPorts",
    },
  },
  {
    ...{
      what: "an API elsewhere",
      on: master,
      module: "{ services.kubernetes.apiserver.securePort = mkForce 443; }",
    },
    ...{ is: "services.kubernetes.apiserver.securePort of il is 443", need: "at 6443" },
  },
  {
    ...{
      what: "WireGuard that is closed",
      on: { facts: () => withWireGuard(shippedFacts()) },
      module: "{ networking.firewall.allowedUDPPorts = mkForce [ ]; }",
    },
    ...{
      is: "networking.firewall.allowedUDPPorts of ee is [ ]",
      need: "WireGuard: have 51820 among networking.firewall.allowedUDPPorts",
    },
  },
  {
    ...{
      what: "WireGuard elsewhere",
      on: hetzner,
      module: "{ networking.wireguard.interfaces.wg0.listenPort = mkForce 1; }",
    },
    ...{ is: "networking.wireguard.interfaces.wg0.listenPort of ee is 1", need: "at 51820" },
  },
  {
    ...{
      what: "pods that are not trusted",
      on: hetzner,
      module: "{ networking.firewall.trustedInterfaces = mkForce [ ]; }",
    },
    ...{ is: "networking.firewall.trustedInterfaces of ee is [ ]", need: 'have "mynet" among them' },
  },
  {
    ...{
      what: "other rules alone",
      on: hetzner,
      module: '{ networking.firewall.extraCommands = mkForce ""; }',
    },
    ...{ is: "networking.firewall.extraCommands of ee lacks kluster's own rules", need: "without mkForce" },
  },
  {
    ...{
      what: "a rule against SSH",
      module: '{ networking.firewall.extraCommands = "iptables -I nixos-fw -p tcp --dport 22 -j DROP"; }',
    },
    ...{ is: "has the line “iptables -I nixos-fw -p tcp --dport 22 -j DROP”", need: "leave it open" },
  },
  {
    ...{ what: "nftables", module: "{ networking.nftables.enable = true; }" },
    ...{ is: "networking.nftables.enable of ee is true", need: "those of iptables" },
  },
  // What it boots from
  {
    ...{
      what: "another machine's root",
      module: '{ fileSystems."/".device = mkForce "/dev/disk/by-label/nixos"; }',
    },
    ...{
      is: 'fileSystems."/".device of ee is "/dev/disk/by-label/nixos"',
      need: "/dev/disk/by-uuid/01b3bcba-c0ef-4538-8dd2-f7dee2952321",
    },
  },
  {
    ...{ what: "another file system", module: '{ fileSystems."/".fsType = mkForce "btrfs"; }' },
    ...{ is: 'fileSystems."/".fsType of ee is "btrfs"', need: "ext4" },
  },
  {
    ...{
      what: "no file systems of ours",
      module: '{ fileSystems = mkForce { "/" = { device = "/dev/vda1"; fsType = "ext4"; }; }; }',
    },
    ...{ is: 'fileSystems."/".device of ee is "/dev/vda1"', need: "/dev/disk/by-uuid/" },
  },
  {
    ...{ what: "GRUB on another disk", module: '{ boot.loader.grub.device = mkForce "/dev/vda"; }' },
    ...{ is: 'boot.loader.grub.device of ee is "/dev/vda"', need: "/dev/disk/by-path/" },
  },
  {
    ...{
      what: "systemd-boot",
      module: "{ boot.loader.systemd-boot.enable = true; boot.loader.grub.enable = mkForce false; }",
    },
    ...{ is: "boot.loader.systemd-boot.enable of ee is true", need: "leave it off" },
  },
  // What makes all of it
  {
    ...{ what: "a unit of SSH that is off", module: "{ systemd.services.sshd.enable = false; }" },
    ...{ is: "systemd.services.sshd.enable of ee is false", need: "by SSH alone" },
  },
  {
    ...{
      what: "a unit of SSH that nothing starts",
      module: "{ systemd.services.sshd.wantedBy = mkForce [ ]; }",
    },
    ...{ is: "systemd.services.sshd.wantedBy of ee is [ ]", need: "by SSH alone" },
  },
  {
    ...{
      what: "a socket of SSH that is off",
      module: ssh("startWhenNeeded = true;").replace(/}$/, "systemd.sockets.sshd.enable = false; }"),
    },
    ...{ is: "systemd.sockets.sshd.enable of ee is false", need: "by SSH alone" },
  },
  {
    ...{ what: "networkd off", module: "{ systemd.services.systemd-networkd.enable = false; }" },
    ...{ is: "systemd.services.systemd-networkd.enable of ee is false", need: "its address" },
  },
  ...["sshd_config", "authorized_keys.d/root"].map((name) => ({
    ...{
      what: `a file ${name} of one's own`,
      module: `{ environment.etc."ssh/${name}".source = mkForce ./own.nix; }`,
    },
    ...{ is: `environment.etc."ssh/${name}" of ee is a file of its own`, need: "use services.openssh" },
  })),
];

const accepted: { what: string; module: string; on?: Case["on"] }[] = [
  { what: "a further port", module: ssh("ports = [ 22 2222 ];") },
  { what: "a socket for SSH", module: ssh("startWhenNeeded = true;") },
  {
    what: "port 22 by sshd's own setting",
    module: `{ services.openssh = { ports = [ 2222 ]; settings.Port = 22; }; networking.firewall.allowedTCPPorts = [ 22 ]; }`,
  },
  {
    what: "its own address to listen on",
    module: ssh('listenAddresses = [ { addr = "192.168.56.12"; port = 22; } { addr = "::1"; } ];'),
  },
  { what: "no keys in home folders", module: ssh("authorizedKeysInHomedir = false;") },
  {
    what: "a further key of root",
    module: '{ users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA me" ]; }',
  },
  {
    what: "root among the users",
    module: ssh('settings.AllowUsers = [ "alice" "r*" ]; settings.AllowGroups = [ "root" ];'),
  },
  {
    what: "root from some addresses, which nobody can judge here",
    module: ssh('settings.AllowUsers = [ "root@192.168.56.*" ]; settings.DenyUsers = [ "root@10.*" ];'),
  },
  {
    what: "others denied",
    module: ssh('settings.DenyUsers = [ "alice" ]; settings.DenyGroups = [ "users" ];'),
  },
  { what: "what a setting has said before", module: text("PermitRootLogin no") },
  {
    what: "blocks for others",
    module: text(
      "Match User git,!root\n  ForceCommand git-shell\nMatch Group sftp\n  ChrootDirectory /srv\nMatch Address 10.0.0.0/8\n  PermitRootLogin no\nMatch User root\n  X11Forwarding no\n",
    ),
  },
  { what: "a comment", module: text("# PubkeyAuthentication no\n") },
  {
    what: "algorithms that ours is one of",
    module: ssh(
      'settings.PubkeyAcceptedAlgorithms = "ssh-ed25519*,rsa-sha2-512"; settings.HostKeyAlgorithms = "-ssh-rsa";',
    ),
  },
  {
    what: "a name that sorts after ours",
    module: '{ systemd.network.networks."10-lan" = { matchConfig.Name = "en*"; DHCP = "yes"; }; }',
  },
  ...["wg1", "docker* br-*", "lo"].map((name) => ({
    what: `a network before ours for ${name}`,
    module: `{ systemd.network.networks."00-a".matchConfig.Name = "${name}"; }`,
  })),
  {
    what: "another card before ours",
    module: '{ systemd.network.networks."00-a".matchConfig.MACAddress = "08:00:27:ff:ff:ff"; }',
  },
  {
    what: "a bridge before ours",
    module:
      '{ systemd.network.networks."00-a".matchConfig = { Type = "bridge"; }; systemd.network.networks."00-b".matchConfig.Kind = "veth"; }',
  },
  {
    what: "name servers on our network",
    module: '{ systemd.network.networks."00-kluster-cluster".dns = [ "10.0.0.1" ]; }',
  },
  { what: "a domain", module: '{ networking.domain = "example.org"; }' },
  {
    what: "further ports, rules and interfaces",
    module:
      '{ networking.firewall = { allowedTCPPorts = [ 80 ]; trustedInterfaces = [ "br0" ]; extraCommands = "iptables -A nixos-fw -p tcp --dport 2222 -j DROP"; }; }',
  },
  {
    what: "a range that port 22 is in",
    module:
      "{ services.openssh.openFirewall = mkForce false; networking.firewall.allowedTCPPortRanges = [ { from = 20; to = 30; } ]; }",
  },
  { what: "no firewall", module: "{ networking.firewall.enable = false; }" },
  {
    what: "a further file system",
    module: '{ fileSystems."/srv" = { device = "/dev/sdb1"; fsType = "ext4"; }; }',
  },
  { what: "closed to everybody but some", module: "{ }", on: hetzner },
];

describeWithNix("a module that would lock everybody out", () => {
  it.each(refused)("is refused, named: $what", ({ module, is, need, on }) => {
    const evaluation = withModule(module, on);
    expect({ is, ok: evaluation.ok }).toEqual({ is, ok: false });
    const said = refusals(evaluation).find((line) => line.includes(is)) ?? evaluation.messages;
    expect(said).toContain(is);
    expect(said).toContain(`(${evaluation.file})`);
    expect(said).toContain(need);
  });

  it("has all its faults named at once", () => {
    const evaluation = withModule(ssh('ports = [ 1 ]; settings.PermitRootLogin = mkForce "no";'));
    // And not the firewall's, which is open where SSH is.
    expect(refusals(evaluation)).toHaveLength(2);
  });
});

describeWithNix("a module that leaves the way in as it is", () => {
  it.each(accepted)("is taken: $what", ({ module, on }) => {
    value(withModule(module, on));
  });
});

describeWithNix("a machine", () => {
  it.each([
    ["of the shipped inventory", shippedFacts],
    ["with WireGuard", () => withWireGuard(shippedFacts())],
    ["at Hetzner", hetznerFacts],
  ])("%s is reachable as it is", (_, facts) => {
    for (const name of ["il", "ee"]) value(systemOf(name, facts()));
  });
});
