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
  inherit (kluster) cluster;

  # Before kube-proxy redirects anything.
  chain = "kluster-outside";
  iptables = rule: "iptables -w -t raw ${rule}\n";
  inside = [
    "mynet"
    "flannel.1"
  ];
  ranges = [
    cluster.pods
    cluster.services
  ];
in
# Another network of pods has other interfaces, and its own word on this.
lib.mkIf config.services.kubernetes.flannel.enable {
  # NixOS runs these at each start and reload of the firewall, whatever is there of the last one.
  networking.firewall.extraCommands =
    "iptables -w -t raw -N ${chain} 2>/dev/null || iptables -w -t raw -F ${chain}\n"
    + concatMapStrings (interface: iptables "-A ${chain} -i ${interface} -j RETURN") inside
    + concatMapStrings (range: iptables "-A ${chain} -d ${range} -j DROP") ranges
    + "iptables -w -t raw -C PREROUTING -j ${chain} 2>/dev/null || iptables -w -t raw -A PREROUTING -j ${chain}\n";
  networking.firewall.extraStopCommands = ''
    iptables -w -t raw -D PREROUTING -j ${chain} 2>/dev/null || true
    iptables -w -t raw -F ${chain} 2>/dev/null || true
    iptables -w -t raw -X ${chain} 2>/dev/null || true
  '';
}
