# What the lab adds to NixOS's own words about a definition that no option is declared for. Here that is rarely a slip
# of the pen: this is a stand-in, and NixOS has some twenty thousand options more.
{ lib }:
{
  # The options of the configuration, or of the submodule, and where in it those stand.
  options,
  prefix,
  # Path of the option that there is not.
  path,
}:
let
  inherit (builtins) attrNames head tail;
  inherit (lib.options) isOption showOption;

  # The innermost set on the way to it that is there.
  nearest =
    place: set: rest:
    if rest != [ ] && set ? ${head rest} && !isOption set.${head rest} then
      nearest (place ++ [ (head rest) ]) set.${head rest} (tail rest)
    else
      {
        inherit place;
        names = attrNames (removeAttrs set [ "_module" ]);
      };
  near = nearest prefix options (lib.drop (builtins.length prefix) path);
  place = if near.place == [ ] then "at the top" else "below `${showOption near.place}'";
in
''


  This is the rehearsal lab's stand-in for nixpkgs, which has a small part of NixOS's options; ${place} it has: ${
    lib.concatStringsSep ", " near.names
  }.
  Real machines are made with the real nixpkgs, which may well have `${showOption path}': https://search.nixos.org/options tells.
  docs/guide/modules.md, "In the rehearsal lab", shows how a module leaves out there what the lab does not have.''
