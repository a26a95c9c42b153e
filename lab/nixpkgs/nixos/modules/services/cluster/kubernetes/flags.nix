# Command lines of the components: { "some-flag" = value; } with null left out.
{ lib }:
rec {
  value =
    v:
    if v == true then
      "true"
    else if v == false then
      "false"
    else if builtins.isList v then
      lib.concatStringsSep "," v
    else
      toString v;
  flags =
    set:
    lib.concatStringsSep " " (
      lib.mapAttrsToList (name: v: "--${name}=${value v}") (lib.filterAttrs (_: v: v != null && v != "") set)
    );
  gates = set: if set == { } then null else lib.mapAttrsToList (name: on: "${name}=${value on}") set;
}
