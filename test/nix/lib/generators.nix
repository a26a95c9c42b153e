lib:
let
  inherit (lib) generators;
in
{
  "toINI writes sections" = { it = generators.toINI { } { b.x = 1; a = { y = true; z = "q"; }; }; is = "[a]\ny=true\nz=q\n\n[b]\nx=1\n"; };
  "toINI repeats keys when asked" = { it = generators.toINI { listsAsDuplicateKeys = true; } { a.x = [ 1 2 ]; }; is = "[a]\nx=1\nx=2\n"; };
  "toINIWithGlobalSection" = { it = generators.toINIWithGlobalSection { } { globalSection.g = 1; sections.a.x = 1; }; is = "g=1\n\n[a]\nx=1\n"; };
  "toKeyValue" = { it = generators.toKeyValue { } { a = 1; b = "x"; c = null; }; is = "a=1\nb=x\nc=null\n"; };
  "toKeyValue with another separator" = {
    it = generators.toKeyValue { mkKeyValue = generators.mkKeyValueDefault { } " "; } { a = 1; };
    is = "a 1\n";
  };
  "toJSON and toYAML" = { it = [ (generators.toJSON { } { a = [ 1 ]; }) (generators.toYAML { } { a = [ 1 ]; }) ]; is = [ "{\"a\":[1]}" "{\"a\":[1]}" ]; };
  "toPretty shows nested values" = { it = generators.toPretty { } { a = [ 1 "x" null true ]; b = { }; c = [ ]; }; is = "{\n  a = [\n    1\n    \"x\"\n    null\n    true\n  ];\n  b = { };\n  c = [ ];\n}"; };
  "toPretty on one line" = { it = generators.toPretty { multiline = false; } { a = [ 1 ]; "b c" = "d"; }; is = "{ a = [ 1 ]; \"b c\" = \"d\"; }"; };
  "toPretty names functions and derivations" = {
    it = generators.toPretty { multiline = false; } [ (x: x) { type = "derivation"; name = "hello"; } ];
    is = "[ <function> <derivation hello> ]";
  };
  "getExe and getExe'" = {
    it = [ (lib.getExe { type = "derivation"; outPath = "/p"; meta.mainProgram = "m"; }) (lib.getExe' { type = "derivation"; outPath = "/p"; } "other") ];
    is = [ "/p/bin/m" "/p/bin/other" ];
  };
  "getExe' refuses a path" = { it = lib.getExe' { type = "derivation"; outPath = "/p"; } "a/b"; fails = "a/b"; };
  "pipe, flip, mod, min and max" = {
    it = [ (lib.pipe 1 [ (x: x + 1) toString ]) (lib.flip (a: b: a - b) 1 3) (lib.mod 7 3) (lib.min 1 2) (lib.max 1 2) ];
    is = [ "2" 2 1 1 2 ];
  };
  "toHexString" = { it = map lib.toHexString [ 0 10 255 ]; is = [ "0" "A" "FF" ]; };
  "functionArgs sees through setFunctionArgs" = { it = lib.functionArgs (lib.setFunctionArgs (x: x) { a = false; }); is = { a = false; }; };
  "isFunction knows functors" = { it = map lib.isFunction [ (x: x) { __functor = self: x: x; } { } ]; is = [ true true false ]; };
  "throwIf and assertMsg fail with their message" = { it = lib.throwIf true "the message" 1; fails = "the message"; };
  "assertMsg fails with its message" = { it = lib.assertMsg false "the message"; fails = "the message"; };
  "extends and fix" = { it = lib.fix (lib.extends (final: prev: { b = prev.a + final.c; }) (final: { a = 1; c = 2; })); is = { a = 1; b = 3; c = 2; }; };
}
