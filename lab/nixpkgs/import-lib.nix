# The one place that says which `lib` everything here uses: the small one beside this file, or another given by
# KLUSTER_NIXPKGS_LIB (nixpkgs' real lib, to check that both agree).
let
  given = builtins.getEnv "KLUSTER_NIXPKGS_LIB";
in
if given != "" then import given else import ./lib
