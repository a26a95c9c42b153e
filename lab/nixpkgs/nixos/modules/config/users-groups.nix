# Users and groups (upstream: nixos/modules/config/users-groups.nix). The activation script merges them into
# /etc/passwd, /etc/group and /etc/shadow; who has no fixed id gets one that stays his.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.users;
  text = mkOption {
    type = types.nullOr types.str;
    default = null;
  };
  userModule =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
        };
        name = mkOption {
          type = types.str;
          default = name;
        };
        description = mkOption {
          type = types.str;
          default = "";
        };
        uid = mkOption {
          type = types.nullOr types.int;
          default = null;
        };
        group = mkOption {
          type = types.str;
          default = if config.isNormalUser then "users" else "";
        };
        extraGroups = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
        home = mkOption {
          type = types.str;
          default = if config.isNormalUser then "/home/${config.name}" else "/var/empty";
        };
        homeMode = mkOption {
          type = types.str;
          default = "700";
        };
        createHome = mkOption {
          type = types.bool;
          default = config.isNormalUser;
        };
        shell = mkOption {
          type = types.nullOr (types.either types.package types.str);
          default = if config.isNormalUser then "/run/current-system/sw/bin/bash" else "/run/current-system/sw/bin/nologin";
        };
        isSystemUser = mkOption {
          type = types.bool;
          default = false;
        };
        isNormalUser = mkOption {
          type = types.bool;
          default = false;
        };
        linger = mkOption {
          type = types.bool;
          default = false;
        };
        packages = mkOption {
          type = types.listOf types.package;
          default = [ ];
        };
        hashedPassword = text;
        hashedPasswordFile = text;
        initialHashedPassword = mkOption {
          type = types.nullOr (types.passwdEntry types.str);
          default = null;
        };
        password = text;
        initialPassword = text;
      };
    };
  groupModule =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
        };
        gid = mkOption {
          type = types.nullOr types.int;
          default = null;
        };
        members = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
      };
    };
  users = lib.filter (user: user.enable) (lib.attrValues cfg.users);
  groups = lib.attrValues cfg.groups;
  ids = config.ids;
  # An empty field would vanish between two tabs.
  field = value: if value == null || value == "" then "-" else toString value;
  row = fields: lib.concatMapStringsSep "\t" field fields + "\n";
  memberNames =
    group: lib.unique (group.members ++ map (user: user.name) (lib.filter (user: lib.elem group.name user.extraGroups) users));
  password =
    user:
    if user.hashedPasswordFile != null then
      "@${user.hashedPasswordFile}"
    else if user.hashedPassword != null then
      "=${user.hashedPassword}"
    else if user.initialHashedPassword != null then
      "?${user.initialHashedPassword}"
    else
      null;
  systemUser = group: {
    isSystemUser = true;
    group = group;
  };
in
{
  options.users = {
    mutableUsers = mkOption {
      type = types.bool;
      default = true;
    };
    users = mkOption {
      type = types.attrsOf (types.submodule userModule);
      default = { };
    };
    groups = mkOption {
      type = types.attrsOf (types.submodule groupModule);
      default = { };
    };
  };
  config = {
    users.users = {
      root = {
        uid = ids.uids.root;
        description = "System administrator";
        home = "/root";
        shell = lib.mkDefault "/run/current-system/sw/bin/bash";
        group = "root";
      };
      nobody = {
        uid = ids.uids.nobody;
        isSystemUser = true;
        description = "Unprivileged account (don't use!)";
        group = "nogroup";
      };
      messagebus = systemUser "messagebus" // { uid = ids.uids.messagebus; };
      systemd-network = systemUser "systemd-network" // { uid = ids.uids.systemd-network; };
      systemd-resolve = systemUser "systemd-resolve" // { uid = ids.uids.systemd-resolve; };
      systemd-timesync = systemUser "systemd-timesync" // { uid = ids.uids.systemd-timesync; };
    };
    users.groups = lib.genAttrs [
      "root" "wheel" "disk" "kmem" "tty" "floppy" "uucp" "lp" "cdrom" "tape" "audio" "video" "dialout" "nogroup" "users"
      "utmp" "adm" "keys" "input" "kvm" "render" "sgx" "shadow" "clock" "messagebus" "systemd-network" "systemd-resolve"
      "systemd-timesync" "systemd-journal" "nixbld"
    ] (name: { gid = lib.mkDefault ids.gids.${name}; });

    assertions =
      lib.concatMap (user: [
        {
          assertion = user.password == null && user.initialPassword == null;
          message = "the lab's nixpkgs takes no plain passwords (users.users.${user.name}): use hashedPassword";
        }
        {
          assertion = user.group != "";
          message = "users.users.${user.name}.group is unset. This used to default to nogroup, but this is unsafe. For example you can create a group for this user with:\nusers.users.${user.name}.group = \"${user.name}\";\nusers.groups.${user.name} = {};";
        }
        {
          assertion = user.name == "root" || user.uid != null && user.uid < 1000 || user.isSystemUser != user.isNormalUser || user.name == "nobody";
          message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.";
        }
      ]) users
      ++ [
        {
          assertion =
            cfg.mutableUsers
            || lib.any (
              user: (user.name == "root" || lib.elem "wheel" user.extraGroups) && (user.openssh.authorizedKeys.keys != [ ] || password user != null)
            ) users;
          message = "Neither the root account nor any wheel user has a password or SSH authorized key. You must set one to prevent being locked out of your system.";
        }
      ];

    # name gid members / name uid group home shell description kind homeMode password
    system.build.groupsSpec = pkgs.writeText "groups.tsv" (
      lib.concatMapStrings (group: row [ group.name group.gid (lib.concatStringsSep "," (memberNames group)) ]) groups
    );
    system.build.usersSpec = pkgs.writeText "users.tsv" (
      lib.concatMapStrings (
        user:
        row [
          user.name
          user.uid
          user.group
          user.home
          (if builtins.isAttrs user.shell then "${user.shell}/bin/bash" else user.shell)
          user.description
          (if user.isNormalUser then "normal" else "system")
          (if user.createHome then user.homeMode else null)
          (password user)
        ]
      ) users
    );
    system.activationScripts.users.text = ''
      . ${./update-users-groups.sh}
      updateUsersGroups ${config.system.build.groupsSpec} ${config.system.build.usersSpec} ${if cfg.mutableUsers then "1" else "0"}
    '';
  };
}
