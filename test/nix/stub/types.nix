# The types that nix/options.json names, by the words with which NixOS's manual describes them.
lib:
let
  inherit (lib) types;
  nonEmpty =
    types.addCheck types.str (s: builtins.match "[ \t\n]*" s == null)
    // {
      description = "string (with check: non-empty)";
    };
  systemdAtom = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ];
  # A list stands for one line each.
  systemdOption = types.either systemdAtom (types.listOf systemdAtom) // {
    description = "systemd option";
  };
  json = types.nullOr (types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    (types.attrsOf json)
    (types.listOf json)
  ]) // { description = "JSON value"; };
  confAtom = types.nullOr (types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ]) // { description = "Nix config atom (null, bool, int, float, str, path or package)"; };
  known = [
    types.bool
    types.int
    types.str
    types.lines
    types.singleLineStr
    nonEmpty
    (types.nullOr nonEmpty)
    (types.nullOr types.str)
    types.path
    (types.nullOr types.path)
    (types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ])))
    (types.nullOr types.commas)
    (types.nullOr (types.passwdEntry types.str))
    (types.nullOr types.int)
    (types.nullOr types.bool)
    (types.nullOr (types.enum [ "yes" "without-password" "prohibit-password" "forced-commands-only" "no" ]))
    (types.listOf types.str)
    (types.listOf types.unspecified)
    (types.listOf types.port)
    (types.listOf types.pathInStore)
    # Names of systemd's units.
    (types.listOf (
      types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
    ))
    # Parameters of the kernel.
    (types.listOf (
      types.strMatching ''([^"[:space:]]|"[^"]*")+'' // { description = "string, with spaces inside double quotes"; }
    ))
    (types.listOf types.package)
    (types.listOf types.attrs)
    (types.listOf types.singleLineStr)
    (types.listOf (types.enum [ "master" "node" ]))
    # Of all kinds: swap devices, peers of WireGuard.
    (types.listOf types.attrs // { description = "list of (submodule)"; })
    (types.nonEmptyListOf nonEmpty)
    (types.listOf (types.attrsOf systemdOption))
    (types.separatedString " ")
    (types.attrsOf (types.listOf types.str))
    # Snippets of the activation script.
    (types.attrsOf (types.either types.str types.attrs) // { description = "attribute set of (string or (submodule))"; })
    (types.attrsOf systemdOption)
    (types.attrsOf json)
    (types.either types.str types.attrs)
    (types.either types.str (types.listOf types.str))
    (types.either types.singleLineStr (types.listOf types.str))
    (types.coercedTo (types.listOf types.str) (names: lib.genAttrs names (_: true)) (types.attrsOf types.bool))
    (types.submodule { freeformType = types.attrsOf (types.either confAtom (types.listOf confAtom)); })
    (types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$")
  ];
  byDescription = builtins.listToAttrs (map (type: lib.nameValuePair type.description type) known);
in
description:
byDescription.${description} or (throw "test/nix/stub/types.nix lacks the type “${description}”")
