# What the firewall must let in: SSH, the Kubernetes API on a master, WireGuard, and the other machines. What a user's
# module adds opens more; what is missing here was taken away by one. Without a firewall everything is let in.
{
  lib,
  config,
  machine,
  cluster,
  isElsewhere,
}:
let
  inherit (lib) any elem optional;
  inherit (config.networking) firewall;
  inherit (config.services) openssh;
  isMaster = elem "master" machine.roles;
  hasTunnel = cluster ? wireguard;
  everybody = cluster.access == [ ];
  shown = lib.generators.toPretty { multiline = false; };
  path = name: [
    "networking"
    "firewall"
    name
  ];

  open =
    { ports, ranges, port, need, option ? path ports }:
    optional (!(elem port firewall.${ports}) && !(any ({ from, to }: from <= port && port <= to) firewall.${ranges})) {
      path = option;
      need = "${need}: have ${toString port} among networking.firewall.${ports}${
        lib.optionalString (firewall.interfaces or { } != { }) ". That of networking.firewall.interfaces does not count, as nobody knows here what the network card is called"
      }";
    };
  tcp = port: need: open ({
    inherit port need;
    ports = "allowedTCPPorts";
    ranges = "allowedTCPPortRanges";
  } // lib.optionalAttrs (port == 22 && !openssh.openFirewall) {
    option = [ "services" "openssh" "openFirewall" ];
  });
  udp = port: need: open {
    inherit port need;
    ports = "allowedUDPPorts";
    ranges = "allowedUDPPortRanges";
  };

  # A rule that comes before all others, or a chain that kluster's rules are not in.
  keepsOut =
    line:
    builtins.match ".*--dports?[ =]([0-9:,]+,)?22([,:].*| .*)" line != null
    && builtins.match ".*-j (DROP|REJECT|nixos-fw-refuse|nixos-fw-log-refuse)( .*)?" line != null
    && builtins.match ".* (-s|--source|-i|--in-interface|-d|--destination) .*" line == null;
  refusing = lib.filter keepsOut (lib.splitString "\n" firewall.extraCommands);
in
optional (isMaster && config.services.kubernetes.apiserver.securePort != cluster.apiPort) {
  path = [
    "services"
    "kubernetes"
    "apiserver"
    "securePort"
  ];
  need = "All machines, and you, call the API at ${toString cluster.apiPort}: leave it out, or set kluster:apiPort";
}
++ optional (hasTunnel && config.networking.wireguard.interfaces.wg0.listenPort or null != cluster.wireguard.port) {
  path = [
    "networking"
    "wireguard"
    "interfaces"
    "wg0"
    "listenPort"
  ];
  value = config.networking.wireguard.interfaces.wg0.listenPort or null;
  need = "The other machines call at ${toString cluster.wireguard.port}: leave it out";
}
++ lib.optionals firewall.enable (
  optional (firewall.backend or (if config.networking.nftables.enable then "nftables" else "iptables") != "iptables") {
    path = if config.networking.nftables.enable then [ "networking" "nftables" "enable" ] else path "backend";
    need = "kluster's rules are those of iptables, which is NixOS's own choice: leave it out";
  }
  ++ lib.optionals (!(isElsewhere && openssh.openFirewall)) (tcp 22 "kluster logs in by SSH, port 22")
  ++ lib.optionals everybody (
    lib.optionals isMaster (tcp cluster.apiPort "It is the port of the Kubernetes API")
    ++ lib.optionals hasTunnel (udp cluster.wireguard.port "It is the port of WireGuard")
  )
  ++ lib.concatMap (
    interface:
    optional (!(elem interface firewall.trustedInterfaces)) {
      path = path "trustedInterfaces";
      need = "The pods of this machine, and of the others, come in there: have ${shown interface} among them";
    }
  ) ([ "mynet" ] ++ optional hasTunnel "wg0")
  ++ optional (!(lib.hasInfix config.kluster.firewallRules firewall.extraCommands)) {
    path = path "extraCommands";
    is = "lacks kluster's own rules, which let the other machines in";
    need = "Add yours without mkForce";
  }
  ++ map (line: {
    path = path "extraCommands";
    is = "has the line “${lib.concatStringsSep " " (lib.filter (word: word != "") (lib.splitString " " line))}”";
    need = "kluster logs in on port 22: leave it open";
  }) refusing
)
