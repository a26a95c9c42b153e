# The lab's stand-in for nixpkgs' `lib`: own code, with the names and the behaviour that NixOS modules rely on.
# test/nix holds it against the real one wherever that is at hand.
let
  load = file: import file { inherit lib; };
  asserts = load ./asserts.nix;
  attrsets = load ./attrsets.nix;
  fixedPoints = load ./fixed-points.nix;
  generators = load ./generators.nix;
  lists = load ./lists.nix;
  meta = load ./meta.nix;
  modules = load ./modules.nix;
  options = load ./options.nix;
  strings = load ./strings.nix;
  trivial = load ./trivial.nix;
  types = load ./types.nix;

  # Nearly all functions are reached at the top as well as in their part. Those that are not there in nixpkgs' lib are
  # not here either: what works in the lab must work on the real one.
  lib =
    removeAttrs trivial [
      "oldestSupportedRelease"
      "release"
    ]
    // asserts
    // fixedPoints
    // removeAttrs lists [
      "findFirstIndex"
      "hasPrefix"
    ]
    // removeAttrs attrsets [ "unionOfDisjoint" ]
    // removeAttrs strings [
      "commonPrefixLength"
      "escapeNixIdentifier"
      "escapeNixString"
      "floatToString"
      "fromJSON"
      "isConvertibleWithToString"
      "parseDrvName"
      "replicate"
      "sanitizeDerivationName"
      "split"
      "storeDir"
      "toJSON"
    ]
    // meta
    // removeAttrs options [ "showDefs" ]
    // removeAttrs modules [
      "defaultOrderPriority"
      "defaultOverridePriority"
      "filterOverrides'"
      "importApply"
      "mkAliasAndWrapDefsWithPriority"
    ]
    // {
      inherit
        asserts
        attrsets
        fixedPoints
        generators
        lists
        meta
        modules
        options
        strings
        trivial
        types
        ;
      inherit (builtins)
        addErrorContext
        hasContext
        isPath
        pathExists
        readDir
        trace
        typeOf
        unsafeGetAttrPos
        ;
      inherit (types)
        isOptionType
        isType
        mkOptionType
        setType
        ;
    };
in
lib
