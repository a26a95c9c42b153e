# Reads the facts document and checks it, so that what is missing or unknown is said by name, before any module runs.
# provider/declarations/facts.ts has the same document as types; test/nix/facts.test.ts compares them.
#
#   { "nixpkgs": { "url", "sha256" },
#     "cluster": { "stack", "master", "apiPort", "pods", "services", "podSecurity": "baseline",
#                  "authorizedKeys": [ … ], "modules": [ "/abs.nix" ],
#                  "hosts": { "<name>": "<nodeAddress>" },
#                  "secrets": [ "<name>" ],   names of the user's own; what they are never comes here
#                  "access": [ "203.0.113.0/24", "2001:db8::/32" ],   who comes in from outside (firewall.nix); [] is everybody
#                  "wireguard": { "port", "mtu", "peers": { "<name>": { "publicKey", "address", "endpoint" } } } },
#     "machines": { "<name>": { "kind", "roles": [ … ], "address", "prefixLength", "nodeAddress", "disk", "rootUuid",
#                               "publicAddresses": [ … ], "modules": [ "/abs.nix" ],
#                               "virtualbox": { "macs": { "egress", "cluster" } },
#                               "hetzner": { "macs": { "public", "private" }, "ipv4", "ipv6": "2001:db8:1::1/64" } } } }
#
# address is the inventory's; nodeAddress is what the other machines call it: its WireGuard address where there is a
# WireGuard, else the same. A peer's endpoint is an inventory's address, too. Without "wireguard" there is none. A machine
# has the section of its kind; a Hetzner machine without "ipv6" has IPv4 alone. publicAddresses are further names in the
# API server's certificate.
file:
let
  inherit (builtins)
    all
    attrNames
    concatStringsSep
    elem
    filter
    head
    mapAttrs
    match
    typeOf
    ;

  kinds = [
    "virtualbox"
    "hetzner"
  ];
  roles = [
    "master"
    "node"
  ];

  fail = message: throw "kluster: ${message}, in the facts ${toString file}";
  quoted = names: concatStringsSep ", " (map (name: "\"${name}\"") names);

  # The field of a set, which must be there and of that type (as builtins.typeOf names it).
  field =
    type: where: set: name:
    if !(set ? ${name}) then
      fail "${where}.${name} is missing"
    else if typeOf set.${name} != type then
      fail "${where}.${name} must be a ${type}, not a ${typeOf set.${name}}"
    else
      set.${name};
  string = field "string";
  int = field "int";
  bool = field "bool";
  set = field "set";
  # A field that may be absent; then it is null.
  optional = read: where: attrs: name: if attrs ? ${name} then read where attrs name else null;
  strings =
    where: attrs: name:
    let
      list = field "list" where attrs name;
    in
    if all (x: typeOf x == "string") list then list else fail "${where}.${name} must hold strings only";
  # Nix would take a relative path as one below its own working folder.
  paths =
    where: attrs: name:
    map (
      path:
      if builtins.substring 0 1 path == "/" then
        path
      else
        fail "${where}.${name} holds \"${path}\", which is not an absolute path"
    ) (strings where attrs name);

  # An address with a prefix length. It is put into commands of the firewall, so nothing else may be in it.
  isCidr = text: match "[0-9.]+/[0-9]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/[0-9]+" text != null;
  cidrs =
    where: attrs: name:
    map (
      text: if isCidr text then text else fail "${where}.${name} holds \"${text}\", which is not like 203.0.113.0/24 or 2001:db8::/32"
    ) (strings where attrs name);

  document =
    if builtins.substring 0 1 (toString file) != "/" then
      throw "kluster: the path of the facts must be absolute, not \"${toString file}\""
    else
      builtins.fromJSON (builtins.readFile file);

  cluster =
    let
      given = set "facts" document "cluster";
      hosts = mapAttrs (name: _: string "cluster.hosts" (set "cluster" given "hosts") name) (
        set "cluster" given "hosts"
      );
      master = string "cluster" given "master";
      authorizedKeys = strings "cluster" given "authorizedKeys";
      wireguard = optional set "cluster" given "wireguard";
    in
    {
      stack = string "cluster" given "stack";
      apiPort = int "cluster" given "apiPort";
      podSecurity = string "cluster" given "podSecurity";
      pods = string "cluster" given "pods";
      services = string "cluster" given "services";
      modules = paths "cluster" given "modules";
      secrets = strings "cluster" given "secrets";
      inherit hosts;
      master =
        if hosts ? ${master} then
          master
        else
          fail "cluster.master is \"${master}\", which is none of the hosts: ${quoted (attrNames hosts)}";
      authorizedKeys =
        if authorizedKeys != [ ] then
          authorizedKeys
        else
          fail "cluster.authorizedKeys is empty: nobody could ever log in";
      access = cidrs "cluster" given "access";
    }
    // (if wireguard == null then { } else { wireguard = network hosts wireguard; });

  network =
    hosts: given:
    let
      where = "cluster.wireguard";
      peers = set where given "peers";
      peer =
        name: given:
        let
          at = "${where}.peers.${name}";
          publicKey = string at given "publicKey";
          address = string at given "address";
        in
        {
          publicKey =
            if match "[A-Za-z0-9+/]{43}=" publicKey != null then
              publicKey
            else
              fail "${at}.publicKey is \"${publicKey}\", which is not 32 bytes in base64";
          address =
            if hosts.${name} or null == address then
              address
            else
              fail "${at}.address is \"${address}\", but cluster.hosts says ${saidOf hosts name}";
          endpoint = string at given "endpoint";
        };
    in
    {
      port = int where given "port";
      mtu = int where given "mtu";
      peers = mapAttrs (name: _: peer name (set "${where}.peers" peers name)) peers;
    };

  # What the hosts say of a name, for messages.
  saidOf = hosts: name: if hosts ? ${name} then "\"${hosts.${name}}\"" else "nothing of ${name}";

  machine =
    name: given:
    let
      where = "machines.${name}";
      kind = string where given "kind";
      given' = strings where given "roles";
      unknown = filter (role: !(elem role roles)) given';
      isMaster = elem "master" given';
      address = string where given "address";
      nodeAddress = string where given "nodeAddress";
      byKind = {
        virtualbox = virtualbox "${where}.virtualbox" (set where given "virtualbox");
        hetzner = hetzner "${where}.hetzner" (set where given "hetzner");
      };
      peer = cluster.wireguard.peers.${name} or (fail "cluster.wireguard.peers says nothing of ${name}");
    in
    {
      kind = if elem kind kinds then kind else fail "${where}.kind is \"${kind}\"; allowed: ${quoted kinds}";
      roles =
        if unknown != [ ] then
          fail "${where}.roles holds \"${head unknown}\"; allowed: ${quoted roles}"
        else if given' == [ ] then
          fail "${where}.roles is empty; allowed: ${quoted roles}"
        else if isMaster != (name == cluster.master) then
          fail "${where}.roles and cluster.master (\"${cluster.master}\") disagree about who is the master"
        else
          given';
      address =
        if !(cluster ? wireguard) || peer.endpoint == address then
          address
        else
          fail "${where}.address is \"${address}\", but cluster.wireguard.peers.${name}.endpoint is \"${peer.endpoint}\"";
      nodeAddress =
        if cluster.hosts.${name} or null != nodeAddress then
          fail "${where}.nodeAddress is \"${nodeAddress}\", but cluster.hosts says ${saidOf cluster.hosts name}"
        else if cluster ? wireguard || nodeAddress == address then
          nodeAddress
        else
          fail "${where}.nodeAddress is \"${nodeAddress}\", but without cluster.wireguard it is the address, \"${address}\"";
      prefixLength = int where given "prefixLength";
      disk = string where given "disk";
      rootUuid = string where given "rootUuid";
      publicAddresses = strings where given "publicAddresses";
      modules = paths where given "modules";
    }
    // (if byKind ? ${kind} then { ${kind} = byKind.${kind}; } else { });

  virtualbox =
    where: given:
    let
      macs = set where given "macs";
    in
    {
      macs = {
        egress = string "${where}.macs" macs "egress";
        cluster = string "${where}.macs" macs "cluster";
      };
    };

  hetzner =
    where: given:
    let
      macs = set where given "macs";
      ipv4 = bool where given "ipv4";
      ipv6 = optional string where given "ipv6";
    in
    {
      macs = {
        public = string "${where}.macs" macs "public";
        private = string "${where}.macs" macs "private";
      };
      ipv4 = if ipv4 || ipv6 != null then ipv4 else fail "${where} has neither ipv4 nor ipv6: nobody could ever reach it";
    }
    // (
      if ipv6 == null then
        { }
      else if isCidr ipv6 then
        { inherit ipv6; }
      else
        fail "${where}.ipv6 is \"${ipv6}\", which is not like 2001:db8:1::1/64"
    );

  machines = set "facts" document "machines";
in
{
  nixpkgs =
    let
      given = set "facts" document "nixpkgs";
    in
    {
      url = string "nixpkgs" given "url";
      sha256 = string "nixpkgs" given "sha256";
    };
  inherit cluster;
  machines = mapAttrs (name: _: machine name (set "machines" machines name)) machines;
}
