# Looks into the systems that nix/ makes with the stub's NixOS, of each machine of the facts and of the "installer": its
# settings, and the options that nix/ itself sets (not what users' modules or defaults do).
{ facts }:
let
  document = import ../../nix/facts.nix facts;
  ours = toString ../../nix;
  table = builtins.fromJSON (builtins.readFile ../../nix/options.json);

  look =
    modules: kluster:
    let
      evaluated = import ./stub/nixos/lib/eval-config.nix {
        system = null;
        inherit modules;
        specialArgs = { inherit kluster; };
      };
      inherit (evaluated) lib;

      # What is behind priorities and conditions that hold.
      content =
        value:
        if value._type or null == "merge" then
          builtins.concatMap content value.contents
        else if value._type or null == "if" then
          if value.condition then content value.content else [ ]
        else if value ? _type then
          content value.content
        else
          [ value ];

      # "a.b.<name>.c" for every c that is set below an option whose elements are in the table.
      setBy =
        option:
        let
          path = lib.concatStringsSep "." option.loc;
          below = lib.any (lib.hasPrefix "${path}.<name>.") (lib.attrNames table);
          mine = lib.filter (def: lib.hasPrefix "${ours}/" def.file) option.definitionsWithLocations;
          known = lib.filter (lib.hasPrefix "${path}.<name>.") (lib.attrNames table);
          # The names of the table down to which a value goes; a value that none of them covers is named as it is.
          leaves =
            prefix: value:
            if lib.elem prefix known || !(lib.isAttrs value) then
              [ prefix ]
            else
              lib.concatLists (
                lib.mapAttrsToList (n: v: lib.concatMap (leaves "${prefix}.${n}") (content v)) value
              );
        in
        if mine == [ ] then
          [ ]
        else if below then
          lib.concatMap (
            def: lib.concatMap (element: lib.concatMap (leaves "${path}.<name>") (content element)) (lib.attrValues def.value)
          ) mine
        else
          [ path ];
    in
    {
      inherit (evaluated) settings;
      set = lib.unique (
        lib.concatMap setBy (
          lib.collect lib.isOption (
            removeAttrs evaluated.options [
              "_module"
              "kluster" # declared by nix/ itself
            ]
          )
        )
      );
      types = lib.genAttrs (lib.attrNames table) (
        path: (import ./stub/types.nix lib table.${path}.type).description
      );
    };
in
builtins.mapAttrs (
  name: machine:
  look [ ../../nix/machine.nix ] {
    inherit (document) cluster;
    machine = machine // {
      inherit name;
    };
  }
) document.machines
// {
  installer = look [ ../../nix/kexec-installer-system.nix ] null;
}
