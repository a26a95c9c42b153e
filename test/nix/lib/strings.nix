lib: {
  "concatStringsSep, concatMapStringsSep and concatStrings" = {
    it = [ (lib.concatStringsSep "," [ "a" "b" ]) (lib.concatMapStringsSep "," (x: "<${x}>") [ "a" "b" ]) (lib.concatStrings [ "a" "b" ]) (lib.concatMapStrings (x: x + ";") [ "a" "b" ]) ];
    is = [ "a,b" "<a>,<b>" "ab" "a;b;" ];
  };
  "concatLines ends each line" = { it = lib.concatLines [ "a" "b" ]; is = "a\nb\n"; };
  "concatImapStringsSep counts from 1" = { it = lib.concatImapStringsSep "-" (i: x: "${toString i}${x}") [ "a" "b" ]; is = "1a-2b"; };
  "concatMapAttrsStringSep" = { it = lib.concatMapAttrsStringSep "," (n: v: "${n}=${v}") { b = "2"; a = "1"; }; is = "a=1,b=2"; };
  "optionalString" = { it = [ (lib.optionalString true "a") (lib.optionalString false "a") ]; is = [ "a" "" ]; };
  "hasPrefix, hasSuffix and hasInfix" = {
    it = [ (lib.hasPrefix "ab" "abc") (lib.hasPrefix "bc" "abc") (lib.hasSuffix "bc" "abc") (lib.hasSuffix "xabc" "abc") (lib.hasInfix "b." "ab.c") (lib.hasInfix "b." "abxc") ];
    is = [ true false true false true false ];
  };
  "removePrefix and removeSuffix take off once" = { it = [ (lib.removePrefix "a" "aab") (lib.removeSuffix ".x" "a.x.x") (lib.removePrefix "z" "ab") ]; is = [ "ab" "a.x" "ab" ]; };
  "splitString takes its separator literally" = { it = [ (lib.splitString "." "a.b..c") (lib.splitString "::" "a::b:c") (lib.splitString "." "") ]; is = [ [ "a" "b" "" "c" ] [ "a" "b:c" ] [ "" ] ]; };
  "toUpper, toLower and toSentenceCase" = { it = [ (lib.toUpper "aBc1") (lib.toLower "aBc1") (lib.toSentenceCase "heLLo") ]; is = [ "ABC1" "abc1" "Hello" ]; };
  "trim" = { it = map lib.trim [ "  a b \n" "\n\t" "x" ]; is = [ "a b" "" "x" ]; };
  "escapeShellArg quotes what needs it" = { it = map lib.escapeShellArg [ "plain-1.0/x" "it's" "a b" "" "$x" ]; is = [ "plain-1.0/x" "'it'\\''s'" "'a b'" "''" "'$x'" ]; };
  "escapeShellArgs" = { it = lib.escapeShellArgs [ "a" "b c" 3 ]; is = "a 'b c' 3"; };
  "toShellVars" = { it = lib.toShellVars { a = "x y"; b = [ 1 2 ]; c.d = "e"; }; is = "a='x y'\ndeclare -a b=(1 2)\ndeclare -A c=([d]=e)"; };
  "toShellVar refuses what is no name" = { it = lib.toShellVar "a-b" 1; fails = "a-b"; };
  "escapeNixString" = { it = lib.strings.escapeNixString "a\"b\${c}\n"; is = "\"a\\\"b\\\${c}\\n\""; };
  "boolToString" = { it = map lib.boolToString [ true false ]; is = [ "true" "false" ]; };
  "toInt reads numbers" = { it = map lib.toInt [ "12" "-3" " 4 " "0" ]; is = [ 12 (-3) 4 0 ]; };
  "toInt refuses words" = { it = lib.toInt "a"; fails = "Could not convert"; };
  "toInt refuses leading zeros" = { it = lib.toInt "007"; fails = "mbiguity"; };
  "fixedWidthNumber and fixedWidthString" = { it = [ (lib.fixedWidthNumber 4 12) (lib.fixedWidthString 3 "." "a") ]; is = [ "0012" "..a" ]; };
  "fixedWidthString refuses what is longer" = { it = lib.fixedWidthString 1 "." "abc"; fails = "requested string length"; };
  "versionOlder and versionAtLeast" = { it = [ (lib.versionOlder "1.9" "1.10") (lib.versionOlder "1.10" "1.9") (lib.versionAtLeast "2" "2") ]; is = [ true false true ]; };
  "getName and getVersion" = { it = [ (lib.getName "a-b-1.2") (lib.getVersion "a-b-1.2") (lib.getName { pname = "x"; }) ]; is = [ "a-b" "1.2" "x" ]; };
  "makeBinPath uses the bin output" = { it = lib.makeBinPath [ { outPath = "/a"; bin = { outPath = "/a-bin"; }; } "/b" null ]; is = "/a-bin/bin:/b/bin"; };
  "makeSearchPath" = { it = lib.makeSearchPath "lib" [ "/a" "/b" ]; is = "/a/lib:/b/lib"; };
  "stringToCharacters and stringAsChars" = { it = [ (lib.stringToCharacters "abc") (lib.stringAsChars (c: c + c) "ab") ]; is = [ [ "a" "b" "c" ] "aabb" ]; };
  "intersperse" = { it = [ (lib.intersperse "/" [ "a" "b" "c" ]) (lib.intersperse "/" [ "a" ]) ]; is = [ [ "a" "/" "b" "/" "c" ] [ "a" ] ]; };
  "isStringLike and isConvertibleWithToString" = {
    it = [ (lib.isStringLike { outPath = "x"; }) (lib.isStringLike 1) (lib.strings.isConvertibleWithToString [ 1 null ]) (lib.strings.isConvertibleWithToString { }) ];
    is = [ true false true false ];
  };
  "sanitizeDerivationName" = { it = map lib.strings.sanitizeDerivationName [ "a b/c" "..x" "" ]; is = [ "a-b-c" "x" "unknown" ]; };
  "escape and escapeRegex" = { it = [ (lib.escape [ "(" ] "(a)") (lib.strings.escapeRegex "a.b*") ]; is = [ "\\(a)" "a\\.b\\*" ]; };
  "nameFromURL" = { it = lib.nameFromURL "https://example.org/a/b-1.0.tar.gz" "."; is = "b-1"; };
}
