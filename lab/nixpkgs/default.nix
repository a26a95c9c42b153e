# The lab's stand-in of nixpkgs: `import <nixpkgs> { }` gives packages that are links to programs which every lab
# machine has already: the box's own under /usr (seen read-only) and the toolchain's. See README.md.
{
  system ? "x86_64-linux",
  config ? { },
  overlays ? [ ],
  ...
}:
let
  lib = import ./import-lib.nix;
  extend = previous: overlay: final: let before = previous final; in before // overlay final before;
  base =
    final:
    let
      builders = import ./pkgs/builders.nix { inherit lib system; };
    in
    {
      inherit lib system config;
      pkgs = final;
      path = ./.;
      stdenv.hostPlatform = {
        inherit system;
        isLinux = true;
        isx86_64 = true;
      };
    }
    // builders
    // import ./pkgs/box.nix { inherit lib builders; }
    // {
      formats = import ./pkgs/formats.nix { inherit lib; pkgs = final; };
      dockerTools = import ./pkgs/images.nix { pkgs = final; };
      switch-to-configuration-ng = final.writeScriptBin "switch-to-configuration" (
        builtins.replaceStrings [ "@bash@" ] [ "${final.bash}" ] (builtins.readFile ./pkgs/switch-to-configuration.sh)
      );
    };
  final = builtins.foldl' extend base overlays final;
in
assert system == "x86_64-linux" || throw "the lab's nixpkgs knows x86_64-linux only, not ${system}";
final
