# What is in a system, told by its evaluation alone: nothing is built for it. The program compares it with that of the system
# before, and says in a preview what a change means (provider/nixos/changes.ts).
#
#   kernel, initrd    store paths, null where there is none
#   kernelVersion     such as "6.18.2"
#   kernelParams      of the command line
#   kernelModules     store paths of packages with further modules
#   inhibitors        what a running system may not change under itself (system.switch.inhibitors)
#   packages          versions by name: of environment.systemPackages, the kernel, and what units call
#   units             systemd's, as the machine gets them: text, wantedBy and requiredBy by name; those that are masked are
#                     left out, and so is what systemd itself brings
config:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    filter
    getContext
    groupBy
    head
    isAttrs
    listToAttrs
    map
    mapAttrs
    match
    parseDrvName
    unsafeDiscardStringContext
    ;
  plain = value: unsafeDiscardStringContext (toString value);
  path = value: if value == null then null else plain value;
  inherit (config.system) build;
  kernel = build.kernel or null;

  enabled = listToAttrs (
    filter ({ value, ... }: value.enable && value.text != null) (
      attrValues (mapAttrs (name: value: { inherit name value; }) config.systemd.units)
    )
  );

  # What a package is called, by its derivation.
  byName = text: parseDrvName (plain text);
  described =
    package:
    let
      parsed = byName package.name;
    in
    {
      name = package.pname or parsed.name;
      version = toString (package.version or parsed.version);
    };
  # "/nix/store/…-kubernetes-1.36.2.drv": what a text refers to.
  references =
    text:
    concatMap (
      reference:
      let
        found = match ".*/[0-9a-z]{32}-(.*)\\.drv" reference;
      in
      if found == null then [ ] else [ (byName (head found)) ]
    ) (attrNames (getContext text));
  packages = filter ({ version, ... }: version != "") (
    map described (filter isAttrs config.environment.systemPackages)
    ++ (if kernel == null then [ ] else [ (described kernel) ])
    ++ concatLists (map (unit: references unit.text) (attrValues enabled))
  );
in
{
  kernel = path kernel;
  kernelVersion = if kernel == null then "" else (described kernel).version;
  initrd = path (build.initialRamdisk or null);
  kernelParams = map plain config.boot.kernelParams;
  kernelModules = map plain config.boot.extraModulePackages;
  inhibitors = mapAttrs (_: plain) (config.system.switch.inhibitors or { });
  packages = mapAttrs (_: same: attrNames (groupBy ({ version, ... }: version) same)) (groupBy ({ name, ... }: name) packages);
  units = mapAttrs (_: unit: {
    text = unsafeDiscardStringContext unit.text;
    inherit (unit) wantedBy requiredBy;
  }) enabled;
}
