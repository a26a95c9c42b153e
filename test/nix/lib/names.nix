# Names that the lab's lib has and nixpkgs' real one has not: what a module could use in the lab and nowhere else.
{ ours, real }:
let
  lib = import ours;
  theirs = import real;
  beyond = path: a: b: map (name: path + name) (builtins.filter (name: !(b ? ${name})) (builtins.attrNames a));
in
beyond "lib." lib theirs
++ builtins.concatMap (part: beyond "lib.${part}." lib.${part} theirs.${part}) (
  builtins.filter (part: theirs ? ${part}) [
    "attrsets"
    "generators"
    "lists"
    "meta"
    "modules"
    "options"
    "strings"
    "trivial"
    "types"
  ]
)
