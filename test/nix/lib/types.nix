lib:
let
  inherit (import ./helpers.nix lib) x describe optionX config;
  inherit (lib) types mkOption mkIf mkForce mkDefault mkBefore mkAfter mkMerge;
in
{
  "a boolean" = { it = x types.bool [ true ]; is = true; };
  "equal booleans agree" = { it = x types.bool [ true true ]; is = true; };
  "different booleans conflict" = { it = x types.bool [ true false ]; fails = "conflicting definition values"; };
  "a string is no boolean" = { it = x types.bool [ "true" ]; fails = "is not of type `boolean'"; };
  "equal strings agree" = { it = x types.str [ "a" "a" ]; is = "a"; };
  "different strings conflict" = { it = x types.str [ "a" "b" ]; fails = "conflicting definition values"; };
  "a number is no string" = { it = x types.str [ 1 ]; fails = "is not of type `string'"; };
  "lines are joined" = { it = x types.lines [ "a" "b" ]; is = "b\na"; };
  "commas are joined" = { it = x types.commas [ "a" "b" ]; is = "b,a"; };
  "separatedString joins with its separator" = { it = x (types.separatedString " ") [ "--a" "--b" ]; is = "--b --a"; };
  "a single line loses its end" = { it = x types.singleLineStr [ "a\n" ]; is = "a"; };
  "two lines are no single line" = { it = x types.singleLineStr [ "a\nb" ]; fails = "single-line string"; };
  "nonEmptyStr refuses blanks" = { it = x types.nonEmptyStr [ " " ]; fails = "non-empty string"; };
  "strMatching checks the pattern" = { it = x (types.strMatching "[a-z]+") [ "abc" ]; is = "abc"; };
  "strMatching refuses what does not match" = { it = x (types.strMatching "[a-z]+") [ "ABC" ]; fails = "matching the pattern"; };
  "a port" = { it = x types.port [ 6443 ]; is = 6443; };
  "a port has an end" = { it = x types.port [ 65536 ]; fails = "16 bit unsigned integer"; };
  "a port is no string" = { it = x types.port [ "80" ]; fails = "16 bit unsigned integer"; };
  "ints.between" = { it = x (types.ints.between 1 3) [ 3 ]; is = 3; };
  "ints.between refuses what is outside" = { it = x (types.ints.between 1 3) [ 4 ]; fails = "integer between 1 and 3"; };
  "ints.positive refuses zero" = { it = x types.ints.positive [ 0 ]; fails = "positive integer"; };
  "ints.unsigned takes zero" = { it = x types.ints.unsigned [ 0 ]; is = 0; };
  "ints.u8 refuses 256" = { it = x types.ints.u8 [ 256 ]; fails = "8 bit unsigned"; };
  "ints.s8 takes -128" = { it = x types.ints.s8 [ (-128) ]; is = -128; };
  "enum takes what it lists" = { it = x (types.enum [ "a" "b" ]) [ "b" ]; is = "b"; };
  "enum refuses what it does not list" = { it = x (types.enum [ "a" "b" ]) [ "c" ]; fails = "one of \"a\", \"b\""; };
  "a path is absolute" = { it = x types.path [ "/a/b" ]; is = "/a/b"; };
  "a relative path is refused" = { it = x types.path [ "a/b" ]; fails = "absolute path"; };
  "a package is a derivation" = { it = (x types.package [ { type = "derivation"; name = "p"; outPath = "/p"; } ]).name; is = "p"; };
  "a string is no package" = { it = x types.package [ "p" ]; fails = "is not of type `package'"; };
  "lists are joined, later definitions first" = { it = x (types.listOf types.int) [ [ 1 ] [ 2 3 ] ]; is = [ 2 3 1 ]; };
  "elements of lists are checked" = { it = x (types.listOf types.int) [ [ 1 "a" ] ]; fails = "definition 1-entry 2"; };
  "a list is not made of one element" = { it = x (types.listOf types.int) [ 1 ]; fails = "list of signed integer"; };
  "elements of lists can be conditional" = { it = x (types.listOf types.int) [ [ (mkIf false 1) (mkIf true 2) 3 ] ]; is = [ 2 3 ]; };
  "mkBefore and mkAfter order lists" = { it = x (types.listOf types.int) [ (mkAfter [ 3 ]) [ 2 ] (mkBefore [ 1 ]) ]; is = [ 1 2 3 ]; };
  "mkOrder orders lines" = { it = x types.lines [ (lib.mkOrder 1200 "c") (lib.mkOrder 800 "a") "b" ]; is = "a\nb\nc"; };
  "nonEmptyListOf refuses nothing" = { it = x (types.nonEmptyListOf types.int) [ [ ] ]; fails = "non-empty"; };
  "attrsOf merges by name" = { it = x (types.attrsOf types.int) [ { a = 1; } { b = 2; } ]; is = { a = 1; b = 2; }; };
  "attrsOf checks its values and says where" = { it = x (types.attrsOf types.int) [ { a = "b"; } ]; fails = "`x.a'"; };
  "attrsOf conflicts by name" = { it = x (types.attrsOf types.int) [ { a = 1; } { a = 2; } ]; fails = "`x.a' has conflicting"; };
  "attrsOf leaves conditional names out" = { it = x (types.attrsOf types.int) [ { a = mkIf false 1; b = mkIf true 2; } ]; is = { b = 2; }; };
  "attrsOf takes priorities by name" = { it = x (types.attrsOf types.int) [ { a = 1; b = 1; } { a = mkForce 2; b = mkDefault 2; } ]; is = { a = 2; b = 1; }; };
  "lazyAttrsOf merges by name" = { it = x (types.lazyAttrsOf types.int) [ { a = 1; } { b = 2; } ]; is = { a = 1; b = 2; }; };
  "nullOr takes null" = { it = x (types.nullOr types.str) [ null ]; is = null; };
  "nullOr takes a value" = { it = x (types.nullOr types.str) [ "a" "a" ]; is = "a"; };
  "nullOr does not mix" = { it = x (types.nullOr types.str) [ "a" null ]; fails = "both null and not null"; };
  "nullOr checks its value" = { it = x (types.nullOr types.str) [ 1 ]; fails = "null or string"; };
  "either takes both" = { it = [ (x (types.either types.int types.str) [ 1 ]) (x (types.either types.int types.str) [ "a" ]) ]; is = [ 1 "a" ]; };
  "either refuses a third" = { it = x (types.either types.int types.str) [ true ]; fails = "signed integer or string"; };
  "oneOf takes each" = { it = map (v: x (types.oneOf [ types.int types.str types.bool ]) [ v ]) [ 1 "a" true ]; is = [ 1 "a" true ]; };
  "coercedTo converts" = { it = x (types.coercedTo types.int toString types.str) [ 1 ]; is = "1"; };
  "coercedTo leaves what fits" = { it = x (types.coercedTo types.int toString types.str) [ "1" ]; is = "1"; };
  "coercedTo merges converted with unconverted" = { it = x (types.coercedTo (types.listOf types.str) (l: lib.genAttrs l (_: true)) (types.attrsOf types.bool)) [ [ "a" ] { b = false; } ]; is = { a = true; b = false; }; };
  "attrs merges one level, later definitions losing" = { it = x types.attrs [ { a.b = 1; } { a.c = 2; d = 1; } ]; is = { a.b = 1; d = 1; }; };
  "anything merges deeply" = { it = x types.anything [ { a.b = 1; } { a.c = 2; } ]; is = { a = { b = 1; c = 2; }; }; };
  "anything refuses different kinds" = { it = x types.anything [ { a = 1; } { a = "b"; } ]; fails = "conflicting option types"; };
  "raw takes one definition" = { it = x types.raw [ { a = 1; } ]; is = { a = 1; }; };
  "raw refuses two" = { it = x types.raw [ 1 1 ]; fails = "defined multiple times"; };
  "unspecified joins lists" = { it = x types.unspecified [ [ 1 ] [ 2 ] ]; is = [ 2 1 ]; };
  "uniq refuses two" = { it = x (types.uniq types.str) [ "a" "a" ]; fails = "defined multiple times"; };
  "functionTo calls" = { it = (x (types.functionTo types.int) [ (n: n + 1) ]) 1; is = 2; };
  "addCheck adds a check" = { it = x (types.addCheck types.int (n: n > 5)) [ 3 ]; fails = "is not of type"; };
  "a submodule has options, and its name" = {
    it = x (types.attrsOf (types.submodule ({ name, ... }: { options.port = mkOption { type = types.port; default = 80; }; options.host = mkOption { type = types.str; default = name; }; }))) [ { a = { }; b.port = 443; } ];
    is = { a = { host = "a"; port = 80; }; b = { host = "b"; port = 443; }; };
  };
  "a submodule refuses what it does not declare" = { it = x (types.submodule { options.a = mkOption { type = types.int; }; }) [ { b = 1; } ]; fails = "`x.b' does not exist"; };
  "definitions of a submodule are merged" = {
    it = x (types.submodule { options.a = mkOption { type = types.listOf types.int; }; }) [ { a = [ 1 ]; } { a = [ 2 ]; } ];
    is = { a = [ 1 2 ]; };
  };
  "a submodule's configuration can refer to itself" = {
    it = x (types.submodule ({ config, ... }: { options.a = mkOption { type = types.int; }; options.b = mkOption { type = types.int; default = config.a + 1; }; })) [ { a = 1; } ];
    is = { a = 1; b = 2; };
  };
  "a submodule takes modules that are functions" = {
    it = x (types.submoduleWith { modules = [ { options.a = mkOption { type = types.int; }; } ]; }) [ ({ lib, ... }: { config.a = lib.id 3; }) ];
    is = { a = 3; };
  };
  "a freeform submodule keeps what it does not declare" = {
    it = x (types.submodule { freeformType = types.attrsOf types.int; options.a = mkOption { type = types.int; default = 1; }; }) [ { b = 2; } { c = 3; } ];
    is = { a = 1; b = 2; c = 3; };
  };
  "a freeform submodule checks what it keeps" = {
    it = x (types.submodule { freeformType = types.attrsOf types.int; }) [ { b = "x"; } ];
    fails = "`x.b' is not of type `signed integer'";
  };
  "a freeform submodule keeps nested settings" = {
    it = x (types.submodule { freeformType = types.attrsOf (types.attrsOf types.str); options.a.b = mkOption { type = types.str; default = "d"; }; }) [ { a.c = "e"; } ];
    is = { a = { b = "d"; c = "e"; }; };
  };
  "a deferred module can be imported" = {
    it = (config [ { imports = [ (x types.deferredModule [ { a = 1; } ]) ]; options.a = mkOption { type = types.int; }; } ]).a;
    is = 1;
  };
  "what nobody defines is empty, where its type knows what that is" = {
    it = map (type: x type [ ]) [ (types.listOf types.int) (types.attrsOf types.int) (types.lazyAttrsOf types.int) (types.nullOr types.int) types.attrs (types.submodule { }) (types.uniq (types.listOf types.int)) ];
    is = [ [ ] { } { } null { } { } [ ] ];
  };
  "what nobody defines is an error where nothing is empty" = { it = x types.lines [ ]; fails = "accessed but has no value defined"; };
  "a list that must not be empty has no empty value" = { it = x (types.nonEmptyListOf types.int) [ ]; fails = "accessed but has no value defined"; };
  "definitions know their files" = { it = (optionX types.int [ 1 ]).isDefined; is = true; };
  "types describe themselves" = {
    it = map describe [
      types.bool types.int types.str types.lines types.commas types.port types.path types.package types.attrs types.anything types.raw types.unspecified
      types.singleLineStr types.nonEmptyStr types.float types.number
      types.ints.positive types.ints.unsigned types.ints.u8 types.ints.u32 types.ints.s16 (types.ints.between 1 2)
      (types.enum [ ]) (types.enum [ "a" ]) (types.enum [ "a" 1 true ])
      (types.nullOr types.str) (types.nullOr (types.enum [ "a" "b" ])) (types.nullOr (types.listOf types.str))
      (types.listOf types.str) (types.listOf types.attrs) (types.listOf (types.nullOr types.str)) (types.listOf (types.listOf types.int))
      (types.attrsOf types.bool) (types.attrsOf (types.listOf types.str)) (types.attrsOf (types.enum [ "a" "b" ]))
      (types.either types.str types.int) (types.either types.str types.attrs) (types.oneOf [ types.int types.str types.bool ])
      (types.either (types.listOf types.str) types.str) (types.lazyAttrsOf types.raw) (types.nonEmptyListOf types.str)
      (types.submodule { }) (types.listOf (types.submodule { })) (types.submodule { freeformType = types.attrsOf types.str; })
      (types.attrsOf (types.submodule { freeformType = types.attrsOf types.str; }))
      (types.coercedTo types.int toString types.str) (types.coercedTo (types.listOf types.str) (l: { }) (types.attrsOf types.bool))
      (types.strMatching "a+") (types.uniq types.str) (types.functionTo types.str) (types.separatedString " ") (types.separatedString "")
      types.optionType types.deferredModule (types.passwdEntry types.str) types.boolByOr types.shellPackage types.pathInStore types.envVar
    ];
    is = [
      "boolean"
      "signed integer"
      "string"
      "strings concatenated with \"\\n\""
      "strings concatenated with \",\""
      "16 bit unsigned integer; between 0 and 65535 (both inclusive)"
      "absolute path"
      "package"
      "attribute set"
      "anything"
      "raw value"
      "unspecified value"
      "(optionally newline-terminated) single-line string"
      "non-empty string"
      "floating point number"
      "signed integer or floating point number"
      "positive integer, meaning >0"
      "unsigned integer, meaning >=0"
      "8 bit unsigned integer; between 0 and 255 (both inclusive)"
      "32 bit unsigned integer; between 0 and 4294967295 (both inclusive)"
      "16 bit signed integer; between -32768 and 32767 (both inclusive)"
      "integer between 1 and 2 (both inclusive)"
      "impossible (empty enum)"
      "value \"a\" (singular enum)"
      "one of \"a\", 1, true"
      "null or string"
      "null or one of \"a\", \"b\""
      "null or (list of string)"
      "list of string"
      "list of (attribute set)"
      "list of (null or string)"
      "list of list of signed integer"
      "attribute set of boolean"
      "attribute set of list of string"
      "attribute set of (one of \"a\", \"b\")"
      "string or signed integer"
      "string or (attribute set)"
      "signed integer or string or boolean"
      "(list of string) or string"
      "lazy attribute set of raw value"
      "non-empty (list of string)"
      "submodule"
      "list of (submodule)"
      "open submodule of attribute set of string"
      "attribute set of (open submodule of attribute set of string)"
      "string or signed integer convertible to it"
      "(attribute set of boolean) or (list of string) convertible to it"
      "string matching the pattern a+"
      "string"
      "function that evaluates to a(n) string"
      "strings concatenated with \" \""
      "strings concatenated with \"\""
      "optionType"
      "module"
      "string, not containing newlines or colons"
      "boolean (merged using or)"
      "package"
      "path in the Nix store"
      "strings concatenated with \":\""
    ];
  };
}
