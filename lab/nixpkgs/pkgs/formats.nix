# pkgs.formats: the type of a settings option, and how to write such settings as a file.
{ lib, pkgs }:
let
  inherit (lib) types;
  jsonValue = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      types.path
      (types.attrsOf jsonValue)
      (types.listOf jsonValue)
    ]
  )
  // { description = "JSON value"; };

  quoted = builtins.toJSON;
  isTable = builtins.isAttrs;
  # TOML: first the plain keys of a table, then its tables.
  toml =
    path: table:
    let
      header = if path == [ ] then "" else "[${lib.concatMapStringsSep "." quoted path}]\n";
      keys = lib.filterAttrs (_: value: value != null && !isTable value) table;
      tables = lib.filterAttrs (_: isTable) table;
    in
    header
    + lib.concatStrings (lib.mapAttrsToList (name: value: "${quoted name} = ${quoted value}\n") keys)
    + lib.concatStrings (lib.mapAttrsToList (name: value: toml (path ++ [ name ]) value) tables);
in
{
  json = _: {
    type = jsonValue;
    generate = name: value: pkgs.writeText name (builtins.toJSON value);
  };
  yaml = _: {
    type = jsonValue;
    generate = name: value: pkgs.writeText name (builtins.toJSON value);
  };
  toml = _: {
    type = jsonValue;
    generate = name: value: pkgs.writeText name (toml [ ] value);
  };
}
