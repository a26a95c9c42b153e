# What SSH must be like for kluster to log in: as root, on port 22, with the operator's key.
{
  lib,
  config,
  machine,
  cluster,
}:
let
  inherit (lib)
    any
    concatLists
    concatMapStringsSep
    elem
    filter
    optional
    ;
  ssh = config.services.openssh;
  inherit (config.users.users) root;
  port = 22;
  groups = [
    "root"
  ]
  ++ root.extraGroups or [ ]
  ++ lib.attrNames (lib.filterAttrs (_: group: elem "root" (group.members or [ ])) config.users.groups);

  sshd = import ./sshd-config.nix {
    inherit lib groups;
    inherit (ssh) extraConfig;
    settings = ssh.settings;
    user = "root";
  };
  inherit (sshd) words;

  option = name: [ "services" "openssh" name ];
  # A value of sshd's configuration that does not do.
  refuse = found: need: {
    inherit need;
    path = found.option;
  }
  // (if found.line == null then { } else { is = "has the line “${found.line}”"; });
  # Where the value that counts is there, and is one that does not do.
  unless =
    keyword: does: need:
    let
      found = sshd.first keyword;
    in
    optional (found != null && !(does (lib.toLower found.value) found.value)) (refuse found need);

  # The address that the program calls the machine by.
  isV6 = lib.hasInfix ":";
  address =
    let
      inherit (machine) publicAddresses;
    in
    if publicAddresses == [ ] then
      machine.address
    else
      lib.head (filter (a: !(isV6 a)) publicAddresses ++ publicAddresses);
  everywhere = if isV6 address then "::" else "0.0.0.0";

  # Started by a connection, it is systemd that listens, by what NixOS's own options say alone.
  said = keyword: lib.optionals (!ssh.startWhenNeeded) (sshd.always keyword);
  written = lib.filter (found: !(elem found.line generated));
  # NixOS writes these into extraConfig itself.
  generated =
    map (p: "Port ${toString p}") ssh.ports
    ++ map ({ addr, port, ... }: "ListenAddress ${toString addr}${lib.optionalString (port != null) ":${toString port}"}") ssh.listenAddresses;

  ports = ssh.ports ++ concatLists (map (found: map lib.toInt (words found.value)) (written (said "port")));
  listens =
    map (listen: {
      inherit (listen) addr;
      ports = if listen.port == null then ports else [ listen.port ];
    }) ssh.listenAddresses
    ++ map (
      found:
      let
        text = lib.head (words found.value ++ [ "" ]);
        v6 = builtins.match "\\[([^]]*)](:([0-9]+))?" text;
        v4 = builtins.match "([^:]*):([0-9]+)" text;
      in
      if v6 != null then
        {
          addr = lib.head v6;
          ports = if builtins.elemAt v6 2 == null then ports else [ (lib.toInt (builtins.elemAt v6 2)) ];
        }
      else if v4 != null then
        {
          addr = lib.head v4;
          ports = [ (lib.toInt (builtins.elemAt v4 1)) ];
        }
      else
        {
          addr = text;
          inherit ports;
        }
    ) (written (said "listenaddress"));
  listensHere = any (listen: elem listen.addr [ address everywhere ] && (elem port listen.ports || listen.ports == [ ])) listens;

  keyFile = "/etc/ssh/authorized_keys.d/%u";
  isKeyFile = file: elem file [ keyFile "/etc/ssh/authorized_keys.d/root" ];
  algorithmDoes =
    list:
    let
      names = lib.splitString "," (builtins.substring 1 (-1) list);
      hasOurs = any (pattern: sshd.matches pattern "ssh-ed25519");
    in
    if builtins.match "[+^].*" list != null then
      true
    else if lib.hasPrefix "-" list then
      !(hasOurs names)
    else
      hasOurs (lib.splitString "," list);

  # "root", "root@192.168.56.1": a host is not looked at, as nobody knows here from where the operator comes.
  userOf = pattern: lib.head (lib.splitString "@" pattern);
  hostOf = pattern: lib.removePrefix (userOf pattern) pattern;
  patterns = keyword: concatLists (map (found: words found.value) (sshd.all keyword));
  allowed = keyword: does: need: let found = sshd.all keyword; in optional (found != [ ] && !(any does (patterns keyword))) (refuse (lib.head found) need);
  denied = keyword: does: need: map (found: refuse found need) (filter (found: any does (words found.value)) (sshd.all keyword));
  isRoot = pattern: sshd.matches (userOf pattern) "root";
  isRootGroup = pattern: any (sshd.matches pattern) groups;

  # The unit that listens.
  unit =
    kind:
    let
      settings = config.systemd.${kind}.sshd or { };
      path = name: [
        "systemd"
        kind
        "sshd"
        name
      ];
      need = "kluster reaches the machine by SSH alone: leave it as it is";
    in
    optional (!(settings.enable or true)) {
      inherit need;
      path = path "enable";
    }
    ++ optional (settings.wantedBy or null == [ ]) {
      inherit need;
      path = path "wantedBy";
    };

  shell =
    let
      given = root.shell or null;
    in
    if builtins.isAttrs given then "${given.outPath or ""}${given.shellPath or ""}" else toString given;
in
if !ssh.enable then
  [
    {
      path = option "enable";
      need = "kluster reaches the machine by SSH alone: leave it on";
    }
  ]
else
  optional (!(elem port ports) && !(ports == [ ] && !ssh.startWhenNeeded)) {
    path = option "ports";
    need = "kluster logs in on port 22: have it among them, ${lib.generators.toPretty { multiline = false; } ([ port ] ++ ssh.ports)}, or leave them out";
  }
  ++ optional (listens != [ ] && !listensHere) (
    let
      need = "kluster logs in at ${address}, port 22: have one of ${everywhere} and ${address} with that port among them, or leave them out";
    in
    if ssh.listenAddresses != [ ] then
      {
        inherit need;
        path = option "listenAddresses";
        value = map ({ addr, port, ... }: "${toString addr}${lib.optionalString (port != null) ":${toString port}"}") ssh.listenAddresses;
      }
    else
      refuse (lib.head (said "listenaddress")) need
  )
  ++ unit (if ssh.startWhenNeeded then "sockets" else "services")
  ++ unless "addressfamily" (
    family: _: family != (if isV6 address then "inet" else "inet6")
  ) "kluster logs in at ${address}: have any"
  ++ unless "permitrootlogin" (
    value: _: elem value [ "yes" "prohibit-password" "without-password" ]
  ) "kluster logs in as root, by its key: leave it at \"prohibit-password\""
  ++ unless "pubkeyauthentication" (value: _: value == "yes") "kluster logs in by a key: leave it on"
  ++ unless "authenticationmethods" (
    value: _: any (methods: elem methods [ "any" "publickey" ]) (words value)
  ) "kluster logs in by its key alone: have publickey among them, on its own"
  ++ concatLists (
    map (
      keyword:
      unless keyword (value: _: algorithmDoes value) "kluster's key is of the kind ssh-ed25519: have that among them"
    ) [
      "pubkeyacceptedalgorithms"
      "pubkeyacceptedkeytypes"
      "hostkeyalgorithms"
    ]
  )
  ++ unless "forcecommand" (value: _: value == "none") "kluster runs commands of its own as root: leave it out for root"
  ++ unless "chrootdirectory" (value: _: value == "none") "kluster works on the whole machine: leave it out for root"
  ++ allowed "allowusers" isRoot "kluster logs in as root: add root, or leave it out"
  ++ allowed "allowgroups" isRootGroup "kluster logs in as root: add the group root, or leave it out"
  ++ denied "denyusers" (pattern: isRoot pattern && elem (hostOf pattern) [ "" "@*" ]) "kluster logs in as root: let root in"
  ++ denied "denygroups" isRootGroup "kluster logs in as root: let its groups in"
  ++ (
    let
      found = sshd.first "authorizedkeysfile";
      files = if found == null then ssh.authorizedKeysFiles else words found.value;
      need = "kluster's key is in ${keyFile}: have that among them";
    in
    optional (!(any isKeyFile files)) (
      if found != null && found.line != "AuthorizedKeysFile ${toString ssh.authorizedKeysFiles}" then
        refuse found need
      else
        {
          inherit need;
          path = option "authorizedKeysFiles";
        }
    )
  )
  ++ optional (!(any (key: key.path or null == "/etc/ssh/ssh_host_ed25519_key") ssh.hostKeys)) {
    path = option "hostKeys";
    value = map (key: key.path or null) ssh.hostKeys;
    need = "kluster knows the machine by the key in /etc/ssh/ssh_host_ed25519_key: have that among them";
  }
  ++ optional (!(lib.all (key: elem key root.openssh.authorizedKeys.keys) cluster.authorizedKeys)) {
    path = [
      "users"
      "users"
      "root"
      "openssh"
      "authorizedKeys"
      "keys"
    ];
    is = "lacks the key that kluster logs in with";
    need = "Add kluster.cluster.authorizedKeys to it, or add keys without mkForce";
  }
  ++ optional (elem (baseNameOf shell) [ "nologin" "false" ]) {
    path = [
      "users"
      "users"
      "root"
      "shell"
    ];
    value = shell;
    need = "kluster runs commands as root: have a shell";
  }
