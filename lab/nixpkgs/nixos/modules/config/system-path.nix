# What is on PATH: /run/current-system/sw (upstream: nixos/modules/config/system-path.nix, its requiredPackages).
{ config, lib, pkgs, ... }:
{
  options.environment = {
    systemPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
    };
    defaultPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ pkgs.strace ];
    };
    pathsToLink = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
    };
  };
  options.system.path = lib.mkOption {
    type = lib.types.package;
    internal = true;
  };
  config = {
    environment.systemPackages = [
      pkgs.bashInteractive
      pkgs.coreutils
      pkgs.curl
      pkgs.diffutils
      pkgs.findutils
      pkgs.gawk
      pkgs.getent
      pkgs.getconf
      pkgs.gnugrep
      pkgs.gnused
      pkgs.gnutar
      pkgs.gzip
      pkgs.xz
      pkgs.less
      pkgs.ncurses
      pkgs.procps
      pkgs.util-linux
      pkgs.which
      pkgs.hostname
      pkgs.iproute2
      pkgs.openssh
      pkgs.shadow
      pkgs.systemd
      pkgs.e2fsprogs
      config.nix.package
    ]
    ++ config.environment.defaultPackages;
    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = lib.unique config.environment.systemPackages;
      pathsToLink = lib.unique ([ "/bin" ] ++ config.environment.pathsToLink);
    };
  };
}
