# Files of the secrets that the user's modules ask for by kluster.secrets, or everything that is wrong with what they ask.
{
  config,
  options,
  cluster,
  machine,
}:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatLists
    concatStringsSep
    elem
    filter
    hasAttr
    map
    mapAttrs
    match
    stringLength
    substring
    ;
  asked = config.kluster.secrets;
  folder = "/var/lib/kluster/secrets";
  isBelow = top: path: substring 0 (stringLength top + 1) path == "${top}/";
  names = set: map (name: set.${name}.name or name) (attrNames set);
  isNumber = text: match "[0-9]+" text != null;

  # Whose home a path is in, other than root's.
  homes = filter (user: user.home != null && user.home != "/root") (
    attrValues (mapAttrs (name: user: { inherit name; home = user.home or null; }) config.users.users)
  );

  # "kluster.secrets.wifi of ee (/…/wifi.nix)"
  option =
    name:
    let
      definitions = filter (definition: hasAttr name definition.value) options.kluster.secrets.definitionsWithLocations;
    in
    "kluster.secrets.${name} of ${machine.name} (${concatStringsSep ", " (map (definition: toString definition.file) definitions)})";

  faults =
    name:
    let
      inherit (asked.${name}) path owner group;
      say = holds: words: if holds then [ "${option name} ${words}" ] else [ ];
      owners = filter (user: isBelow user.home path) homes;
      others = filter (other: other != name && asked.${other}.path == path) (attrNames asked);
    in
    concatLists [
      (say (!(elem name cluster.secrets)) "asks for a secret that the stack ${cluster.stack} has not. Give it: pulumi config set --stack ${cluster.stack} --secret --path kluster:secrets.${name}")
      (say (
        !(isNumber owner || elem owner (names config.users.users))
      ) "has the owner ${owner}, and there is no such user. Declare users.users.${owner}, or correct the name")
      (say (
        !(isNumber group || elem group (names config.users.groups))
      ) "has the group ${group}, and there is no such group. Declare users.groups.${group}, or correct the name")
      (say (
        match ".*/\\.\\.?(/.*)?" path != null
      ) "has the path ${path}, which goes back and forth. Write it without . and ..")
      (say (any (top: isBelow top path) [
        "/run"
        "/var/run"
        "/tmp"
        "/dev"
        "/proc"
        "/sys"
      ]) "has the path ${path}, which is gone after a reboot. Choose another, or leave it out: then it is ${folder}/${name}")
      (say (
        isBelow "/var/lib/kluster" path && path != "${folder}/${name}"
      ) "has the path ${path} in kluster's own folder. Choose another, or leave it out: then it is ${folder}/${name}")
      (say (owners != [ ]) "has the path ${path} in the folder of another user, who could put anything in its place. Choose a folder of root's, or leave it out: then it is ${folder}/${name}")
      (say (others != [ ]) "has the same path as kluster.secrets.${concatStringsSep " and " others}: ${path}. Give it another")
    ];
  wrong = concatLists (map faults (attrNames asked));

  file =
    name:
    let
      inherit (asked.${name})
        path
        owner
        group
        mode
        restartUnits
        ;
    in
    {
      secret = "kluster:secrets.${name}"; # the stack's, and never one of the program's
      path = "${folder}/${name}";
      inherit
        owner
        group
        mode
        restartUnits
        ;
    }
    // (if path == "${folder}/${name}" then { } else { link = path; });
in
if wrong == [ ] then
  map file (attrNames asked)
else
  throw "kluster: ${concatStringsSep "\nkluster: " wrong}"
