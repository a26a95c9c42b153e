lib:
let
  inherit (import ./helpers.nix lib) config;
  inherit (lib) evalModules mkOption types mkIf mkMerge mkForce mkDefault mkOverride mkEnableOption;
  int = mkOption { type = types.int; };
  ints = mkOption { type = types.listOf types.int; default = [ ]; };
  str = mkOption { type = types.str; };
  warnings = { options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; options.assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; }; };
in
{
  "an unknown option is named with its value" = { it = config [ { options.a = int; } { _file = "/user.nix"; a = 1; b.c = 2; } ]; fails = "The option `b' does not exist. Definition values:\n- In `/user.nix'"; };
  "an unknown option below a known set is named whole" = { it = config [ { options.a.b = int; } { a.b = 1; a.c = 2; } ]; fails = "The option `a.c' does not exist"; };
  "an unknown option is no error when the check is off" = { it = config [ { options.a = int; } { _module.check = false; a = 1; b = 2; } ]; is = { a = 1; }; };
  "a conditional unknown option is an error, too" = { it = config [ { options.a = int; config.a = 1; } { config = mkIf false { b = 1; }; } ]; fails = "The option `b' does not exist"; };
  "a wrong type names option, file and value" = { it = config [ { options.a = int; } { _file = "/user.nix"; a = "x"; } ]; fails = "A definition for option `a' is not of type `signed integer'. Definition values:\n- In `/user.nix': \"x\""; };
  "a conflict names both files" = { it = config [ { options.a = int; } { _file = "/1.nix"; a = 1; } { _file = "/2.nix"; a = 2; } ]; fails = "The option `a' has conflicting definition values:\n- In `/2.nix': 2\n- In `/1.nix': 1"; };
  "an option without a value is an error only when used" = { it = (config [ { options.a = int; options.b = int; config.b = 1; } ]).b; is = 1; };
  "an option without a value says so" = { it = (config [ { options.a.b = int; } ]).a.b; fails = "The option `a.b' was accessed but has no value defined"; };
  "a set where an option stands below is named" = { it = config [ { options.a.b = int; } { a = 1; } ]; fails = "rather than an attribute set for the option `a'"; };
  "defaults give way" = { it = config [ { options.a = mkOption { type = types.int; default = 1; }; options.b = mkOption { default = 2; }; } { a = 5; } ]; is = { a = 5; b = 2; }; };
  "mkDefault gives way to a plain definition, and that to mkForce" = {
    it = map (defs: (config ([ { options.a = mkOption { type = types.int; default = 0; }; } ] ++ map (a: { inherit a; }) defs)).a) [ [ (mkDefault 1) ] [ (mkDefault 1) 2 ] [ (mkDefault 1) 2 (mkForce 3) ] [ (mkOverride 10 4) (mkForce 3) ] ];
    is = [ 1 2 3 4 ];
  };
  "equal priorities conflict" = { it = config [ { options.a = int; } { a = mkForce 1; } { a = mkForce 2; } ]; fails = "conflicting"; };
  "mkForce replaces a list" = { it = config [ { options.a = ints; } { a = [ 1 ]; } { a = mkForce [ 2 ]; } ]; is = { a = [ 2 ]; }; };
  "mkIf includes or leaves out" = { it = config [ ({ config, ... }: { options.a = ints; options.b = mkEnableOption "b"; config = mkMerge [ (mkIf config.b { a = [ 1 ]; }) (mkIf (!config.b) { a = [ 2 ]; }) { b = true; } ]; }) ]; is = { a = [ 1 ]; b = true; }; };
  "mkIf takes booleans only" = { it = config [ { options.a = int; config.a = mkIf "yes" 1; } ]; fails = "condition"; };
  "mkMerge in a value merges" = { it = config [ { options.a = ints; config.a = mkMerge [ [ 1 ] (mkIf false [ 2 ]) [ 3 ] ]; } ]; is = { a = [ 1 3 ]; }; };
  "mkForce around a set forces each value" = { it = config [ { options.a.b = int; options.a.c = int; } { a = mkForce { b = 1; }; } { a.b = 2; a.c = 3; } ]; is = { a = { b = 1; c = 3; }; }; };
  "imports come before what imports them" = { it = config [ { options.l = ints; } { imports = [ { l = [ 1 ]; } { l = [ 2 ]; } ]; l = [ 3 ]; } { l = [ 4 ]; } ]; is = { l = [ 2 1 4 3 ]; }; };
  "imports of imports keep their order" = { it = config [ { options.l = ints; imports = [ { l = [ 1 ]; imports = [ { l = [ 2 ]; } ]; } { l = [ 3 ]; } ]; } ]; is = { l = [ 2 3 1 ]; }; };
  "a module is imported once" = { it = config [ { options.l = ints; } { key = "m"; l = [ 1 ]; } { key = "m"; l = [ 1 ]; } ]; is = { l = [ 1 ]; }; };
  "files can be modules" = { it = config [ ./fixtures/module.nix { answer = 42; } ]; is = { answer = 42; twice = 84; }; };
  "files given as strings can be modules" = { it = config [ (toString ./fixtures/module.nix) { answer = 1; } ]; is = { answer = 1; twice = 2; }; };
  "a module imported by two ways is one module" = { it = config [ ./fixtures/module.nix { imports = [ ./fixtures/module.nix ]; answer = 1; } ]; is = { answer = 1; twice = 2; }; };
  "modules can be disabled by path" = { it = config [ { disabledModules = [ ./fixtures/module.nix ]; options.a = int; config.a = 1; } ./fixtures/module.nix ]; is = { a = 1; }; };
  "_module.args reach modules" = { it = config [ { _module.args.extra = 7; } ({ extra, ... }: { options.a = mkOption { default = extra; }; }) ]; is = { a = 7; }; };
  "specialArgs can be used in imports" = { it = (evalModules { specialArgs.more = [ { a = 3; } ]; modules = [ ({ more, ... }: { imports = more; options.a = int; }) ]; }).config; is = { a = 3; }; };
  "options can be asked" = { it = let o = (evalModules { modules = [ { options.a.b = int; } { _file = "/f.nix"; a.b = mkDefault 3; } ]; }).options.a.b; in { inherit (o) isDefined files loc highestPrio definitions; text = "${o}"; file = (lib.head o.definitionsWithLocations).file; type = o.type.description; }; is = { isDefined = true; files = [ "/f.nix" ]; loc = [ "a" "b" ]; highestPrio = 1000; definitions = [ 3 ]; text = "a.b"; file = "/f.nix"; type = "signed integer"; }; };
  "modules can ask whether an option exists" = { it = config [ ({ options, ... }: { options.a = int; config.a = if options ? b then 2 else 1; }) { options.b = mkEnableOption "b"; } ]; is = { a = 2; b = false; }; };
  "apply changes what is read" = { it = config [ { options.a = mkOption { type = types.int; apply = x: x * 10; }; config.a = 4; } ]; is = { a = 40; }; };
  "apply sees merged definitions" = { it = config [ { options.a = mkOption { type = types.listOf types.int; apply = lib.length; }; config.a = [ 1 2 ]; } { a = [ 3 ]; } ]; is = { a = 3; }; };
  "a read-only option is set once" = { it = config [ { options.a = mkOption { type = types.int; readOnly = true; }; } { a = 1; } ]; is = { a = 1; }; };
  "a read-only option is not set twice" = { it = config [ { options.a = mkOption { type = types.int; readOnly = true; }; } { a = 1; } { a = 1; } ]; fails = "read-only"; };
  "a read-only option with a default is not set" = { it = config [ { options.a = mkOption { type = types.int; readOnly = true; default = 1; }; } { a = 2; } ]; fails = "read-only"; };
  "an option declared twice is an error" = { it = config [ { options.a = mkOption { type = types.int; default = 1; }; } { options.a = mkOption { type = types.int; default = 1; }; } ]; fails = "already declared"; };
  "an option declared with two types is an error" = { it = (config [ { options.a = int; } { options.a = str; } { a = 1; } ]).a; fails = "already declared"; };
  "enums declared twice allow both" = { it = config [ { options.a = mkOption { type = types.enum [ "x" ]; }; } { options.a = mkOption { type = types.enum [ "y" ]; }; } { a = "y"; } ]; is = { a = "y"; }; };
  "submodules declared twice have the options of both" = {
    it = config [ { options.a = mkOption { type = types.attrsOf (types.submodule { options.x = int; }); }; } { options.a = mkOption { type = types.attrsOf (types.submodule { options.y = int; }); }; } { a.n = { x = 1; y = 2; }; } ];
    is = { a.n = { x = 1; y = 2; }; };
  };
  "an option below another is an error" = { it = config [ { options.a = int; } { options.a.b = int; } { a = 1; } ]; fails = "a"; };
  "a module with both forms is an error" = { it = config [ { config.a = 1; a = 2; options.a = int; } ]; fails = "unsupported attribute `a'"; };
  "nested lists of imports are an error" = { it = config [ [ { } ] ]; fails = "nested lists"; };
  "a renamed option works under both names" = { it = config [ warnings { options.new = int; imports = [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) ]; } { _file = "/user.nix"; old = 5; } ]; is = { assertions = [ ]; new = 5; old = 5; warnings = [ "The option `old' defined in `/user.nix' has been renamed to `new'." ]; }; };
  "a renamed option keeps its priority" = { it = (config [ warnings { options.new = int; imports = [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) ]; } { old = mkForce 5; } { new = 6; } ]).new; is = 5; };
  "a renamed option that nobody sets warns of nothing" = { it = (config [ warnings { options.new = int; imports = [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) ]; } { new = 6; } ]).warnings; is = [ ]; };
  "an alias does not warn" = { it = let c = config [ warnings { options.new = int; imports = [ (lib.mkAliasOptionModule [ "a" "old" ] [ "new" ]) ]; } { a.old = 5; } ]; in [ c.new c.warnings ]; is = [ 5 [ ] ]; };
  "a removed option is refused by an assertion" = { it = map (a: a.assertion) (config [ warnings (lib.mkRemovedOptionModule [ "old" ] "Use new.") { old = 1; } ]).assertions; is = [ false ]; };
  "the assertion of a removed option says what to do" = { it = (lib.head (config [ warnings (lib.mkRemovedOptionModule [ "old" ] "Use new.") { _file = "/user.nix"; old = 1; } ]).assertions).message; is = "The option definition `old' in `/user.nix' no longer has any effect; please remove it.\nUse new.\n"; };
  "a removed option that nobody sets holds" = { it = map (a: a.assertion) (config [ warnings (lib.mkRemovedOptionModule [ "old" ] "Use new.") ]).assertions; is = [ true ]; };
  "a removed option cannot be read" = { it = (config [ warnings (lib.mkRemovedOptionModule [ "old" ] "Use new.") ]).old; fails = "Use new."; };
  "a changed option is converted" = { it = (config [ warnings { options.new = int; imports = [ (lib.mkChangedOptionModule [ "old" ] [ "new" ] (c: c.old * 2)) ]; } { old = 2; } ]).new; is = 4; };
  "mkEnableOption is off" = { it = config [ { options.a = mkEnableOption "it"; } ]; is = { a = false; }; };
  "mkPackageOption takes the package of that name" = { it = (config [ { options.p = lib.mkPackageOption { kubernetes = { type = "derivation"; name = "k"; outPath = "/k"; }; } "kubernetes" { }; } ]).p.name; is = "k"; };
  "mkPackageOption takes another default" = { it = (config [ { options.p = lib.mkPackageOption { a.b = { type = "derivation"; name = "k"; outPath = "/k"; }; } "x" { default = [ "a" "b" ]; }; } ]).p.name; is = "k"; };
  "mkPackageOption may be null" = { it = (config [ { options.p = lib.mkPackageOption { } "x" { nullable = true; default = null; }; } ]).p; is = null; };
  "freeform at the top keeps what is not declared" = { it = config [ { freeformType = types.attrsOf types.int; options.a = int; } { a = 1; b = 2; } ]; is = { a = 1; b = 2; }; };
  "showOption quotes what needs it" = { it = map lib.showOption [ [ "a" "b" ] [ "a" "b.c" ] [ "a" "<name>" "x" ] [ "a" "*" ] ]; is = [ "a.b" "a.\"b.c\"" "a.<name>.x" "a.*" ]; };
  "values of a module system are lazy" = { it = (config [ ({ config, ... }: { options.a = int; options.b = int; config.a = 1; config.b = throw "never"; }) ]).a; is = 1; };
  "mkAliasDefinitions hands on" = { it = (config [ ({ options, ... }: { options.a = ints; options.b = ints; config.b = lib.mkAliasDefinitions options.a; }) { a = [ 1 ]; } ]).b; is = [ 1 ]; };
  "extendModules adds modules" = { it = ((evalModules { modules = [ { options.a = mkOption { type = types.int; default = 1; }; } ]; }).extendModules { modules = [ { a = 2; } ]; }).config.a; is = 2; };
  "setDefaultModuleLocation names the file" = { it = config [ { options.a = int; } (lib.setDefaultModuleLocation "/there.nix" { a = "x"; }) ]; fails = "/there.nix"; };
  "definitions below submodules name their file" = { it = config [ { options.a = mkOption { type = types.attrsOf (types.submodule { options.b = int; }); }; } { _file = "/user.nix"; a.n.b = "x"; } ]; fails = "A definition for option `a.n.b' is not of type `signed integer'. Definition values:\n- In `/user.nix': \"x\""; };
}
