# Text in the formats that configuration files are written in.
{ lib }:
let
  inherit (builtins) concatStringsSep isAttrs isList toJSON;
  inherit (lib) concatMapStringsSep mapAttrsToList;

  sections = mkSectionName: render: attrs: concatStringsSep "\n" (mapAttrsToList (name: body: "[${mkSectionName name}]\n${render body}") attrs);
  sectionName = name: lib.escape [ "[" "]" ] name;
in
rec {
  mkValueStringDefault =
    { }:
    value:
    if builtins.isInt value || builtins.isFloat value then
      toString value
    else if builtins.isString value || builtins.isPath value then
      "${value}"
    else if lib.isDerivation value then
      toString value
    else if value == true then
      "true"
    else if value == false then
      "false"
    else if value == null then
      "null"
    else
      abort "generators.mkValueStringDefault: ${builtins.typeOf value} is not supported: ${toPretty { } value}";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: key: value:
    "${lib.escape [ separator ] key}${separator}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    attrs:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
      lines = key: value: if listsAsDuplicateKeys then map (line key) (lib.toList value) else [ (line key value) ];
    in
    lib.concatStrings (builtins.concatLists (mapAttrsToList lines attrs));

  toINI =
    {
      mkSectionName ? sectionName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections mkSectionName (toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; });

  toINIWithGlobalSection =
    {
      mkSectionName ? sectionName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }@args:
    {
      globalSection,
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI args sections;

  toJSON = { }: builtins.toJSON;
  # JSON is YAML.
  toYAML = { }: builtins.toJSON;

  # Cuts a value off at a depth, so that showing it always ends.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert builtins.isInt depthLimit;
    let
      go =
        depth: value:
        if depth > depthLimit then
          if throwOnDepthLimit then
            throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
          else
            "<unevaluated>"
        else if lib.isDerivation value || value ? __functor then
          value
        else if isAttrs value then
          builtins.mapAttrs (_: go (depth + 1)) value
        else if isList value then
          map (go (depth + 1)) value
        else
          value;
    in
    go 0;

  # A value as Nix would write it.
  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      go =
        indent: value:
        let
          break = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
          inner = go "${indent}  ";
        in
        if builtins.isFunction value then
          if builtins.functionArgs value == { } then "<function>" else "<function, args: {${concatStringsSep ", " (mapAttrsToList (n: optional: if optional then "${n}?" else n) (builtins.functionArgs value))}}>"
        else if builtins.isString value then
          let
            lines = lib.splitString "\n" value;
            escaped = text: builtins.replaceStrings [ "''" "\${" ] [ "'''" "''\${" ] text;
          in
          if multiline && builtins.length lines > 1 then
            "''${break}${concatMapStringsSep break escaped lines}''"
          else
            lib.strings.escapeNixString value
        else if builtins.isPath value then
          toString value
        else if value == null then
          "null"
        else if builtins.isBool value then
          lib.boolToString value
        else if builtins.isInt value then
          toString value
        else if builtins.isFloat value then
          "~${toString value}"
        else if isList value then
          if value == [ ] then "[ ]" else "[${break}${concatMapStringsSep break inner value}${close}]"
        else if allowPrettyValues && value ? __pretty && value ? val then
          value.__pretty value.val
        else if value == { } then
          "{ }"
        else if lib.isDerivation value then
          "<derivation ${value.name or "???"}>"
        else if value ? __functor then
          "<function>"
        else
          "{${break}${
            concatStringsSep break (
              mapAttrsToList (name: v: "${lib.strings.escapeNixIdentifier name} = ${inner v};") value
            )
          }${close}}";
    in
    go indent;
}
