# Descriptions of the types that the lab's nixpkgs, or another, gives to some options; null for one that it does not declare.
# names: such as "networking.hostName" and "fileSystems.<name>.device"
{ names, nixpkgs ? ../../../lab/nixpkgs }:
let
  nixos = nixpkgs + "/nixos";
  # With what only an installer declares.
  inherit
    (import (nixos + "/lib/eval-config.nix") { modules = [ (nixos + "/modules/installer/netboot/netboot-minimal.nix") ]; })
    lib
    options
    ;
  words = name: builtins.filter builtins.isString (builtins.split "\\." name);
  find =
    at: path:
    if path == [ ] then
      at
    else if lib.isOption at then
      # Elements of a set of submodules, or the settings of one submodule.
      find (at.type.getSubOptions [ ]) (if builtins.head path == "<name>" then builtins.tail path else path)
    else if at ? ${builtins.head path} then
      find at.${builtins.head path} (builtins.tail path)
    else
      null;
  description = name: let found = find options (words name); in if found == null then null else found.type.description;
in
lib.genAttrs names description
