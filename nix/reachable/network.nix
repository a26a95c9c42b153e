# What the network must be like for the machine to have its address: systemd-networkd, and kluster's .network files as
# they are, each the first that matches its network card.
{
  lib,
  config,
  machine,
}:
let
  inherit (builtins) attrNames attrValues elem isList;
  inherit (lib)
    any
    concatLists
    concatMap
    filter
    hasPrefix
    optional
    ;
  inherit (config.systemd) network;
  ours = config.kluster.networks;
  macs = map (wanted: lib.toLower wanted.matchConfig.MACAddress) (attrValues ours);
  pathOf = name: [
    "systemd"
    "network"
    "networks"
    name
  ];

  # Whether a value holds all that ours has: lists may have more.
  holds = wanted: got: if isList wanted then isList got && lib.all (x: elem x got) wanted else got == wanted;

  changed =
    name: wanted:
    let
      got = network.networks.${name} or null;
      sections = filter (
        section:
        if section == "matchConfig" then
          got.matchConfig != wanted.matchConfig
        else if builtins.isAttrs wanted.${section} then
          any (key: !(holds wanted.${section}.${key} (got.${section}.${key} or null))) (attrNames wanted.${section})
        else
          !(holds wanted.${section} got.${section})
      ) (attrNames wanted);
      off = got.linkConfig.Unmanaged or false == true || elem (got.linkConfig.ActivationPolicy or "up") [
        "down"
        "always-down"
        "manual"
      ];
    in
    if got == null || !(got.enable or true) then
      [
        {
          path = pathOf name;
          is = "is not there, or off";
          need = "It gives the machine its address: leave it on";
        }
      ]
    else
      map (section: {
        path = pathOf name ++ [ section ];
        value = got.${section};
        need = "The machine needs ${shown wanted.${section}}: put what you have into another network, or leave it out";
      }) sections
      ++ optional ((got.name or null) != null) {
        path = pathOf name ++ [ "name" ];
        value = got.name;
        need = "The network card is found by its MAC address: leave it out";
      }
      ++ optional off {
        path = pathOf name ++ [ "linkConfig" ];
        value = got.linkConfig;
        need = "It gives the machine its address: leave it to networkd, and up";
      };
  shown = lib.generators.toPretty { multiline = false; };

  # networkd takes the first file that matches, in the order of their names.
  first = builtins.head (attrNames ours);
  before = name: "${name}.network" < "${first}.network";
  list = value: filter (word: word != "") (concatMap (text: lib.splitString " " (toString text)) (lib.toList value));
  # Whether a pattern of names may be that of a network card, which the kernel calls eth0 and udev enp0s8: by what is before
  # the first wildcard.
  mayBeCard =
    pattern:
    let
      literal = builtins.head (builtins.match "([^*?[]*).*" pattern);
      meets = prefix: hasPrefix prefix literal || (literal != pattern && hasPrefix literal prefix);
    in
    hasPrefix "!" pattern || any meets [ "en" "eth" ];
  asks = match: key: does: !(match ? ${key}) || match.${key} == null || any does (list match.${key});
  # As far as can be seen: a card's driver and place are not known here.
  mayMatch =
    definition:
    let
      match = definition.matchConfig or { } // lib.optionalAttrs (definition.name or null != null) { Name = definition.name; };
      isOurs = mac: elem (lib.toLower mac) macs;
    in
    asks match "MACAddress" isOurs
    && asks match "PermanentMACAddress" isOurs
    && asks match "Name" mayBeCard
    && asks match "Type" (type: hasPrefix "!" type || hasPrefix "*" type || type == "ether")
    && asks match "Kind" (hasPrefix "!");
  others = removeAttrs network.networks (attrNames ours);
  inTheWay = filter (name: others.${name}.enable or true && before name && mayMatch others.${name}) (attrNames others);

  # What is put there as a file is not looked into.
  folder = "systemd/network/";
  file = name: lib.removeSuffix ".network" (lib.removePrefix folder name);
  isDropIn = name: any (network: hasPrefix "${folder}${network}.network.d/" name) (attrNames ours);
  isFile =
    name:
    let
      path = config.environment.etc.${name}.target or name;
    in
    (config.environment.etc.${name}.enable or true)
    && hasPrefix folder path
    && (isDropIn path || (lib.hasSuffix ".network" path && !(network.networks ? ${file path}) && before (file path)));

  flag = path: wanted: need: optional (lib.attrByPath path wanted config != wanted) { inherit path need; };
in
optional (config.networking.hostName != machine.name) {
  path = [
    "networking"
    "hostName"
  ];
  need = "It is ${machine.name} in the inventory, and the cluster knows the machine by that: leave it out";
}
++ flag [ "networking" "useNetworkd" ] true "The machine's address is given by systemd-networkd: leave it on"
++ flag [ "systemd" "network" "enable" ] true "The machine's address is given by systemd-networkd: leave it on"
++ optional (!(config.systemd.services.systemd-networkd.enable or true)) {
  path = [
    "systemd"
    "services"
    "systemd-networkd"
    "enable"
  ];
  need = "It gives the machine its address: leave it on";
}
++ flag [ "networking" "networkmanager" "enable" ] false "It would take the network cards from systemd-networkd, which gives the machine its address: leave it off"
++ concatLists (lib.mapAttrsToList changed ours)
++ map (name: {
  path = pathOf name;
  is = "sorts before ${first} and may match the machine's own network cards (matchConfig ${shown (others.${name}.matchConfig or { })})";
  need = "Then the machine would not have its address: give it a name that sorts after it, such as \"50-${name}\", or match what no network card of kluster's is";
}) inTheWay
++ map (name: {
  path = [
    "environment"
    "etc"
    name
  ];
  is = "is a file of networkd's that comes before kluster's own, or adds to it";
  need = "Then the machine might not have its address: declare it in systemd.network.networks, or give it a name that sorts after ${first}";
}) (filter isFile (attrNames config.environment.etc))
