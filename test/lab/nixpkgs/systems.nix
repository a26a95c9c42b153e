# Systems of one machine between which the tests of switch-to-configuration move it, made by the lab's nixpkgs.
# settings: JSON of what some of them need besides: "summaries", for what the program is told of each; "wireguard", the public keys of "probe", of "near" at an address, and
# of "far", who is nowhere; "access", ranges that may come in.
{
  key,
  address,
  settings ? "{}",
}:
let
  given = builtins.fromJSON settings;
  hosts = {
    probe = address;
    near = given.near or "192.0.2.1";
    far = "192.0.2.2";
  };
  # The program's own modules, with these machines as the cluster.
  cluster =
    {
      names,
      access ? [ ],
      files,
    }:
    revision {
      modules = files ++ [
        {
          _module.args.kluster = {
            machine = {
              name = "probe";
              roles = [ "master" ];
              inherit address;
              prefixLength = 24;
              nodeAddress = tunnelAddress.probe;
            };
            cluster = {
              inherit access;
              apiPort = 8001;
              hosts = tunnelAddress;
              wireguard = {
                port = 51820;
                mtu = 1370;
                peers = lib.genAttrs names (name: {
                  publicKey = given.wireguard.${name};
                  address = tunnelAddress.${name};
                  endpoint = hosts.${name};
                });
              };
            };
          };
          # SSH's, and the API server's, which is anybody's here.
          networking.firewall.allowedTCPPorts = lib.mkForce ([ 22 ] ++ lib.optionals (access == [ ]) [ 8001 ]);
        }
      ];
    };
  # What a Hetzner machine does for its pods, without its network cards.
  keepsMetadata =
    flannel:
    { kluster, ... }:
    let
      hetzner = import ../../../nix/hetzner.nix {
        inherit lib;
        config.services.kubernetes.flannel.enable = flannel;
        kluster = kluster // {
          machine = kluster.machine // {
            hetzner = {
              macs = { };
              ipv4 = true;
            };
          };
        };
      };
    in
    {
      networking.firewall = { inherit (hetzner.networking.firewall) extraCommands extraStopCommands; };
    };
  tunnelAddress = {
    probe = "10.65.0.61";
    near = "10.65.0.1";
    far = "10.65.0.2";
  };
  lib = import ../../../lab/nixpkgs/lib;
  revision =
    {
      modules ? [ ],
      number ? "1",
    }:
    let
      evaluated = import ../../../lab/nixpkgs/nixos/lib/eval-config.nix {
        modules = modules ++ [
          (
            { pkgs, ... }:
            let
              # Writes down what happens to it.
              probe =
                name: number: settings:
                settings
                // {
                  wantedBy = [ "multi-user.target" ];
                  environment.NUMBER = number;
                  path = [ pkgs.coreutils ];
                  reload = "echo reload ${name} >> /run/probe";
                  serviceConfig = {
                    Type = "oneshot";
                    RemainAfterExit = true;
                    ExecStart = pkgs.writeShellScript "start" "echo start ${name} >> /run/probe";
                    ExecStop = pkgs.writeShellScript "stop" "echo stop ${name} >> /run/probe";
                  };
                };
            in
            {
              networking.hostName = "probe";
              networking.useNetworkd = true;
              networking.useDHCP = false;
              systemd.network.networks."10-cluster" = {
                matchConfig.MACAddress = "08:00:27:00:02:01";
                address = [ "${address}/24" ];
                networkConfig.LinkLocalAddressing = false;
                networkConfig.IPv6AcceptRA = false;
              };
              services.resolved.enable = false;
              fileSystems."/" = {
                device = "/dev/disk/by-label/nixos";
                fsType = "ext4";
              };
              boot.loader.grub.device = "/dev/sda";
              system.stateVersion = "26.05";
              services.openssh.enable = true;
              services.openssh.settings.PasswordAuthentication = false;
              services.openssh.hostKeys = [
                {
                  type = "ed25519";
                  path = "/etc/ssh/ssh_host_ed25519_key";
                }
              ];
              users.users.root.openssh.authorizedKeys.keys = [ key ];
              users.users.visitor = {
                isSystemUser = true;
                group = "visitor";
              };
              users.groups.visitor = { };
              networking.firewall.allowedTCPPorts = [ 8001 ];
              environment.etc."probe/number".text = number;
              environment.etc."probe/copied" = {
                text = number;
                mode = "0600";
              };
              systemd.services = {
                steady = probe "steady" "1" { };
                plain = probe "plain" number { };
                kept = probe "kept" number { restartIfChanged = false; };
                reloaded = probe "reloaded" number { reloadIfChanged = true; };
                restarted = probe "restarted" number { stopIfChanged = false; };
                triggered = probe "triggered" "1" { reloadTriggers = [ number ]; };
                renamed = probe "renamed" "1" { description = "number ${number}"; };
              }
              // (if number == "1" then { gone = probe "gone" "1" { }; } else { fresh = probe "fresh" "1" { }; });
            }
          )
        ];
      };
      inherit (evaluated.config.system.build) toplevel;
    in
    {
      drvPath = builtins.unsafeDiscardStringContext toplevel.drvPath;
      storePath = builtins.unsafeDiscardStringContext toplevel.outPath;
    }
    // lib.optionalAttrs (given ? summaries) { summary = import ../../../nix/summary.nix evaluated.config; };
  wireguard = [
    ../../../nix/firewall.nix
    ../../../nix/wireguard.nix
  ];
in
(
  if given ? wireguard then
    {
      withNear = cluster {
        names = [
          "probe"
          "near"
        ];
        files = wireguard;
      };
      withBoth = cluster {
        names = [
          "probe"
          "near"
          "far"
        ];
        files = wireguard;
      };
      guarded = cluster {
        names = [
          "probe"
          "near"
        ];
        access = given.access;
        files = wireguard ++ [ (keepsMetadata true) ];
      };
      guardedElsewhere = cluster {
        names = [
          "probe"
          "near"
        ];
        access = given.access;
        files = wireguard ++ [ (keepsMetadata false) ];
      };
    }
  else
    { }
)
// {
  first = revision { };
  second = revision { number = "2"; };
  brokenUnit = revision {
    modules = [
      {
        systemd.services.broken = {
          wantedBy = [ "multi-user.target" ];
          script = "exit 3";
          serviceConfig.Type = "oneshot";
        };
      }
    ];
  };
  waitingUnit = revision {
    modules = [
      {
        systemd.services.waiting = {
          wantedBy = [ "multi-user.target" ];
          script = "exit 3";
          serviceConfig.Restart = "always";
          serviceConfig.RestartSec = 60;
        };
      }
    ];
  };
  brokenActivation = revision { modules = [ { system.activationScripts.broken = "false"; } ]; };
  brokenTwice = revision {
    modules = [
      {
        system.activationScripts.broken = "false";
        systemd.services.broken = {
          wantedBy = [ "multi-user.target" ];
          script = "exit 3";
          serviceConfig.Type = "oneshot";
        };
      }
    ];
  };
  noSsh = revision { modules = [ { services.openssh.enable = lib.mkForce false; } ]; };
  refused = revision { modules = [ { system.preSwitchChecks.never = "echo this one is never right; false"; } ]; };
  inhibited = revision { modules = [ { system.switch.inhibitors.dbus = "broker"; } ]; };
  # Not one of them: what a machine leaves its system for.
  inherit
    (import ../../../nix/kexec-installer.nix {
      facts = null;
      nixpkgs = ../../../lab/nixpkgs;
    })
    installer
    ;
  otherInit = revision {
    modules = [ { nixpkgs.overlays = [ (_: previous: { systemd = previous.systemd // { version = "999"; }; }) ]; } ];
  };
}
