# cfssl on the master signs what the machines ask for, and shows its clients no more of itself than that. By NixOS's
# easyCerts alone it answers everybody: one request to newcert, or to sign without a profile, gives whoever can reach
# the port a certificate of the group system:masters. Only the requests that need the join token are left, and pods
# don't reach the port at all.
{ lib, kluster, ... }:
let
  inherit (kluster) cluster machine;
  isMaster = lib.elem "master" machine.roles;

  # What goes out of this machine's pods passes here first, before it takes the machine's own address.
  master = if isMaster then "-m addrtype --dst-type LOCAL" else "-d ${cluster.hosts.${cluster.master}}";
  fromPods = "PREROUTING -i mynet ${master} -p tcp --dport 8888 -j DROP";
in
{
  # Every endpoint of cfssl 1.6.5 (cli/serve/serve.go) but authsign, which certmgr calls, and info, which names the CA.
  services.cfssl.disable = lib.mkIf isMaster (
    lib.concatStringsSep "," [
      "bundle"
      "certinfo"
      "crl"
      "gencrl"
      "health"
      "init_ca"
      "newcert"
      "newkey"
      "ocspsign"
      "revoke"
      "scan"
      "scaninfo"
      "sign"
      "/"
    ]
  );

  # NixOS runs these at each start and reload of the firewall, whatever is there of the last one.
  networking.firewall.extraCommands = ''
    iptables -w -t raw -C ${fromPods} 2>/dev/null || iptables -w -t raw -I ${fromPods}
  '';
  networking.firewall.extraStopCommands = ''
    iptables -w -t raw -D ${fromPods} 2>/dev/null || true
  '';
}
