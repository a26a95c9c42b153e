# Strings.
{ lib }:
let
  inherit (builtins) isString map;
  lower = "abcdefghijklmnopqrstuvwxyz";
  upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
in
rec {
  inherit (builtins)
    compareVersions
    concatStringsSep
    fromJSON
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    toJSON
    unsafeDiscardStringContext
    ;
  inherit (builtins) isString;

  concatStrings = concatStringsSep "";
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatMapStringsSep = sep: f: xs: concatStringsSep sep (map f xs);
  concatImapStrings = f: xs: concatStrings (lib.imap1 f xs);
  concatImapStringsSep = sep: f: xs: concatStringsSep sep (lib.imap1 f xs);
  concatMapAttrsStringSep = sep: f: attrs: concatStringsSep sep (lib.mapAttrsToList f attrs);
  concatLines = concatMapStrings (line: line + "\n");
  join = concatStringsSep;
  intersperse =
    separator: xs:
    if lib.length xs < 2 then
      xs
    else
      lib.tail (lib.concatMap (x: [ separator x ]) xs);
  optionalString = condition: text: if condition then text else "";
  replicate = n: text: concatStrings (lib.replicate n text);

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      at = stringLength text - stringLength suffix;
    in
    at >= 0 && substring at (-1) text == suffix;
  hasInfix = infix: text: lib.length (split (escapeRegex infix) "${text}") > 1;
  removePrefix =
    prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  splitString =
    separator: text:
    let
      context = builtins.getContext text;
      parts = lib.filter isString (split (escapeRegex (toString separator)) (toString text));
    in
    map (part: builtins.appendContext part context) parts;
  stringToCharacters = text: lib.genList (i: substring i 1 text) (stringLength text);
  stringAsChars = f: text: concatStrings (map f (stringToCharacters text));
  lowerChars = stringToCharacters lower;
  upperChars = stringToCharacters upper;
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;
  toSentenceCase =
    text: toUpper (substring 0 1 text) + toLower (substring 1 (-1) text);
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      afterStart = if start then builtins.head (match "[ \t\r\n]*(.*)" text) else text;
      trimmed = match "(.*[^ \t\r\n])[ \t\r\n]*" afterStart;
    in
    if !end then
      afterStart
    else if trimmed == null then
      ""
    else
      builtins.head trimmed;
  trim = trimWith {
    start = true;
    end = true;
  };

  escape = characters: replaceStrings characters (map (c: "\\${c}") characters);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeNixString = text: escape [ "$" ] (toJSON text);
  escapeNixIdentifier = text: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" text != null then text else escapeNixString text;
  escapeShellArg =
    arg:
    let
      text = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then "'${replaceStrings [ "'" ] [ "'\\''" ] text}'" else text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if lib.isAttrs value && !isStringLike value then
        "declare -A ${name}=(${
          concatStringsSep " " (lib.mapAttrsToList (n: v: "[${escapeShellArg n}]=${escapeShellArg v}") value)
        })"
      else if lib.isList value then
        "declare -a ${name}=(${escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);

  toInt =
    text:
    let
      digits = match "[ \t\r\n]*(-?)0*([0-9]+)[ \t\r\n]*" text;
      leadingZero = match "[ \t\r\n]*-?0[0-9]+[ \t\r\n]*" text != null;
      number = builtins.fromJSON (lib.elemAt digits 1);
    in
    if digits == null then
      throw "toInt: Could not convert ${escapeNixString text} to int."
    else if leadingZero then
      throw "toInt: Ambiguity in interpretation of ${escapeNixString text} between octal and zero padded integer."
    else if lib.elemAt digits 0 == "-" then
      0 - number
    else
      number;
  toIntBase10 =
    text:
    let
      digits = match "[ \t\r\n]*(-?)0*([0-9]+)[ \t\r\n]*" text;
      number = builtins.fromJSON (lib.elemAt digits 1);
    in
    if digits == null then
      throw "toIntBase10: Could not convert ${escapeNixString text} to int."
    else if lib.elemAt digits 0 == "-" then
      0 - number
    else
      number;
  fixedWidthString =
    width: filler: text:
    assert lib.assertMsg (
      stringLength text <= width
    ) "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})";
    replicate ((width - stringLength text) / stringLength filler) filler + text;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);

  makeSearchPath = dir: packages: concatStringsSep ":" (map (p: "${p}/${dir}") (lib.filter (p: p != null) packages));
  makeSearchPathOutput = output: dir: packages: makeSearchPath dir (map (lib.getOutput output) packages);
  makeBinPath = makeSearchPathOutput "bin" "bin";
  makeLibraryPath = makeSearchPathOutput "lib" "lib";

  isConvertibleWithToString =
    x:
    isStringLike x
    || x == null
    || builtins.isInt x
    || builtins.isFloat x
    || builtins.isBool x
    || (builtins.isList x && lib.all isConvertibleWithToString x);
  isStringLike = x: isString x || builtins.isPath x || x ? outPath || x ? __toString;
  isStorePath =
    x:
    let
      text = toString x;
    in
    isStringLike x && builtins.substring 0 1 text == "/" && builtins.dirOf text == storeDir;
  fileContents = file: removeSuffix "\n" (readFile file);
  versionOlder = a: b: compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName = x: if isString x then (parseDrvName x).name else x.pname or (parseDrvName x.name).name;
  getVersion = x: if isString x then (parseDrvName x).version else x.version or (parseDrvName x.name).version;
  nameFromURL =
    url: separator:
    builtins.head (splitString separator (lib.last (splitString "/" url)));
  sanitizeDerivationName =
    text:
    let
      safe = concatMapStrings (part: if lib.isList part then "-" else part) (
        split "[^[:alnum:]+._?=-]+" (unsafeDiscardStringContext text)
      );
      undotted = builtins.head (match "\\.*(.*)" safe);
    in
    if undotted == "" then "unknown" else substring 0 207 undotted;
  floatToString = x: toString x;
  commonPrefixLength =
    a: b:
    let
      most = lib.min (stringLength a) (stringLength b);
      go = i: if i >= most || substring i 1 a != substring i 1 b then i else go (i + 1);
    in
    go 0;
}
