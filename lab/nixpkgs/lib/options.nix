# Options: how they are declared, and how they and their definitions are shown in messages.
{ lib }:
let
  inherit (builtins) concatStringsSep head length;

  # A file in a message; a value that cannot be shown (it throws) is left out.
  showDef =
    def:
    let
      text = lib.generators.toPretty { } (lib.generators.withRecursion { depthLimit = 10; throwOnDepthLimit = false; } def.value);
      attempt = builtins.tryEval (builtins.deepSeq text text);
      lines = lib.splitString "\n" attempt.value;
      few = if length lines > 5 then lib.take 5 lines ++ [ "..." ] else lines;
    in
    "\n- In `${def.file}'${lib.optionalString attempt.success ": ${concatStringsSep "\n    " few}"}";

  howToOverride = "\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

  # All definitions must be one and the same value.
  allEqual = values: builtins.all (value: value == head values) values;
in
rec {
  isOption = x: x._type or null == "option";
  unknownModule = "<unknown-file>";

  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@attrs:
    attrs // { _type = "option"; };

  mkEnableOption =
    what:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${what}.";
    };

  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      title = if builtins.isList name then lib.last name else name;
      path = if builtins.isList default then default else [ default ];
      text = concatStringsSep "." ([ pkgsText ] ++ path);
    in
    mkOption (
      {
        type = (if nullable then lib.types.nullOr else lib.id) lib.types.package;
        description = "The ${title} package to use." + lib.optionalString (extraDescription != "") " ${extraDescription}";
      }
      // lib.optionalAttrs (default != null) {
        default = lib.attrByPath path (throw "${text} cannot be found in ${pkgsText}") pkgs;
        defaultText = literalExpression text;
      }
      // lib.optionalAttrs (default == null && nullable) { default = null; }
      // lib.optionalAttrs (example != null) {
        example = literalExpression (
          if builtins.isList example then concatStringsSep "." ([ pkgsText ] ++ example) else example
        );
      }
    );

  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };

  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  showOption =
    path:
    let
      plain = part: builtins.match "[a-zA-Z_][a-zA-Z0-9_'-]*|[*]|<[^>]*>" part != null;
    in
    concatStringsSep "." (map (part: if plain part then part else lib.strings.escapeNixString part) path);
  showFiles = files: concatStringsSep " and " (map (file: "`${file}'") files);
  showDefs = lib.concatMapStrings showDef;

  # What a type without a `merge` of its own does.
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      first = head values;
    in
    if length values == 1 then
      first
    else if builtins.all builtins.isFunction values then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if builtins.all builtins.isList values then
      builtins.concatLists values
    else if builtins.all builtins.isAttrs values then
      builtins.foldl' lib.mergeAttrs { } values
    else if builtins.all builtins.isBool values then
      builtins.foldl' lib.or false values
    else if builtins.all builtins.isString values then
      lib.concatStrings values
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeUniqueOption =
    {
      message,
      merge ? null,
    }:
    loc: defs:
    if length defs == 1 then
      if merge == null then (head defs).value else merge loc defs
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}${howToOverride}";
  mergeOneOption = mergeUniqueOption { message = ""; };

  mergeEqualOption =
    loc: defs:
    if defs == [ ] then
      abort "mergeEqualOption was called without a definition"
    else if length defs == 1 || allEqual (getValues defs) then
      (head defs).value
    else
      throw "The option `${showOption loc}' has conflicting definition values:${showDefs defs}${howToOverride}";
}
