# All cases against one lib. `results`: for each case whether it gave a value, and which. `case` evaluates one of them
# in the open, for the words of its failure.
{ lib }:
let
  theLib = import lib;
  subjects = {
    attrsets = ./attrsets.nix;
    generators = ./generators.nix;
    lists = ./lists.nix;
    modules = ./modules.nix;
    strings = ./strings.nix;
    types = ./types.nix;
  };
  cases = builtins.mapAttrs (_: file: import file theLib) subjects;
in
{
  results = builtins.mapAttrs (
    _:
    builtins.mapAttrs (
      _: case: {
        attempt = builtins.tryEval (builtins.deepSeq case.it case.it);
        fails = case.fails or null;
        expected = case.is or null;
      }
    )
  ) cases;
  inherit cases;
}
