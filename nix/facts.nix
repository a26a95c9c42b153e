# Reads the facts document and checks it, so that what is missing or unknown is said by name, before any module runs.
#
#   { "nixpkgs": { "url", "sha256" },
#     "cluster": { "stack", "master", "apiPort", "pods", "services", "authorizedKeys": [ … ], "modules": [ "/abs.nix" ],
#                  "hosts": { "<name>": "<address>" } },
#     "machines": { "<name>": { "kind", "roles": [ … ], "address", "prefixLength", "disk", "rootUuid",
#                               "macs": { "egress", "cluster" }, "modules": [ "/abs.nix" ] } } }
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
    typeOf
    ;

  kinds = [ "virtualbox" ];
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
  set = field "set";
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

  document =
    if builtins.substring 0 1 (toString file) != "/" then
      throw "kluster: the path of the facts must be absolute, not \"${toString file}\""
    else
      builtins.fromJSON (builtins.readFile file);

  cluster =
    let
      given = set "facts" document "cluster";
      hosts = set "cluster" given "hosts";
      master = string "cluster" given "master";
      authorizedKeys = strings "cluster" given "authorizedKeys";
    in
    {
      stack = string "cluster" given "stack";
      apiPort = int "cluster" given "apiPort";
      pods = string "cluster" given "pods";
      services = string "cluster" given "services";
      modules = paths "cluster" given "modules";
      hosts = mapAttrs (name: _: string "cluster.hosts" hosts name) hosts;
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
    };

  machine =
    name: given:
    let
      where = "machines.${name}";
      kind = string where given "kind";
      given' = strings where given "roles";
      unknown = filter (role: !(elem role roles)) given';
      isMaster = elem "master" given';
      address = string where given "address";
      macs = set where given "macs";
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
        if cluster.hosts.${name} or null == address then
          address
        else
          fail "${where}.address is \"${address}\", but cluster.hosts says ${
            if cluster.hosts ? ${name} then "\"${cluster.hosts.${name}}\"" else "nothing of ${name}"
          }";
      prefixLength = int where given "prefixLength";
      disk = string where given "disk";
      rootUuid = string where given "rootUuid";
      macs = {
        egress = string "${where}.macs" macs "egress";
        cluster = string "${where}.macs" macs "cluster";
      };
      modules = paths where given "modules";
    };

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
