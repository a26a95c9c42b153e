# Cases: what an expression is, or with which words it fails.
lib: rec {
  inherit (lib) evalModules mkOption types;
  # The configuration that modules make, options and definitions in one set of arguments.
  config = modules: (evalModules { inherit modules; }).config;
  # The value of one option `x` of a type, defined once for each of the definitions.
  x =
    type: definitions:
    (config ([ { options.x = mkOption { inherit type; }; } ] ++ map (value: { x = value; }) definitions)).x;
  describe = type: type.description;
  # The option itself, for what can be asked of it.
  optionX =
    type: definitions:
    (evalModules {
      modules = [ { options.x = mkOption { inherit type; }; } ] ++ map (value: { x = value; }) definitions;
    }).options.x;
}
