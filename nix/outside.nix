# Nothing is forwarded into the cluster from outside: whoever routes the addresses of pods or Services to a machine is not let
# through to them. What comes from a pod here, or by flannel from a pod elsewhere, comes from inside.
{
  config,
  lib,
  kluster,
  ...
}:
let
  inherit (lib) concatMapStrings;
  inherit (kluster) cluster machine;
  inherit (config.services.flannel) backend;
  type = backend.Type or "udp"; # as flannel takes it

  # Before kube-proxy redirects anything.
  chain = "kluster-outside";
  iptables = rule: "iptables -w -t raw ${rule}\n";
  # By flannel's backend: the interface by which it brings what pods elsewhere have sent. Others route it from machine to
  # machine, in whose names pods of NixOS's flannel speak.
  interfaces = {
    vxlan = "flannel.${toString (backend.VNI or 1)}";
    wireguard = "flannel-wg";
    udp = "flannel0";
    ipip = "flannel.ipip";
  };
  inside = [
    "-i mynet"
  ]
  ++ (
    if interfaces ? ${type} then
      [ "-i ${interfaces.${type}}" ]
    else
      map (address: "-s ${address}") (lib.attrValues (removeAttrs cluster.hosts [ machine.name ]))
  );
  ranges = [
    cluster.pods
    cluster.services
  ];
in
{
  # NixOS runs these at each start and reload of the firewall, whatever is there of the last one. Another network of pods has
  # other interfaces, and its own word on this.
  networking.firewall.extraCommands = lib.mkIf config.services.kubernetes.flannel.enable (
    "iptables -w -t raw -N ${chain} 2>/dev/null || iptables -w -t raw -F ${chain}\n"
    + concatMapStrings (match: iptables "-A ${chain} ${match} -j RETURN") inside
    + concatMapStrings (range: iptables "-A ${chain} -d ${range} -j DROP") ranges
    + "iptables -w -t raw -C PREROUTING -j ${chain} 2>/dev/null || iptables -w -t raw -A PREROUTING -j ${chain}\n"
  );
  # In any case: the system before this one may have had flannel.
  networking.firewall.extraStopCommands = ''
    iptables -w -t raw -D PREROUTING -j ${chain} 2>/dev/null || true
    iptables -w -t raw -F ${chain} 2>/dev/null || true
    iptables -w -t raw -X ${chain} 2>/dev/null || true
  '';
}
