# Entry point `import <nixpkgs/nixos> { configuration = …; }` (upstream: nixos/default.nix).
{
  configuration ? throw "give a configuration: the lab's nixpkgs has no NIXOS_CONFIG",
  system ? "x86_64-linux",
}:
let
  eval = import ./lib/eval-config.nix {
    inherit system;
    modules = [ configuration ];
  };
in
{
  inherit (eval) pkgs config options;
  system = eval.config.system.build.toplevel;
}
