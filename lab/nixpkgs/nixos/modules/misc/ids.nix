# The fixed ids that the units here need (upstream: nixos/modules/misc/ids.nix). Whoever is not in this list gets an
# id of 400–999 on the machine itself.
{ lib, ... }:
let
  table = lib.mkOption {
    type = lib.types.attrsOf lib.types.int;
    internal = true;
  };
  shared = {
    root = 0;
    messagebus = 4;
    systemd-journal = 62;
    systemd-network = 152;
    systemd-resolve = 153;
    systemd-timesync = 154;
    kubernetes = 162;
    nixbld = 30000;
  };
in
{
  options.ids.uids = table;
  options.ids.gids = table;
  config.ids.uids = shared // {
    nobody = 65534;
  };
  config.ids.gids = shared // {
    wheel = 1;
    kmem = 2;
    tty = 3;
    disk = 6;
    audio = 17;
    floppy = 18;
    uucp = 19;
    lp = 20;
    cdrom = 24;
    tape = 25;
    video = 26;
    dialout = 27;
    utmp = 29;
    adm = 55;
    keys = 96;
    users = 100;
    kvm = 302;
    render = 303;
    sgx = 304;
    input = 174;
    shadow = 318;
    clock = 327;
    nogroup = 65534;
  };
}
