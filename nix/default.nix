# NixOS systems of all machines of a stack, in one evaluation:
#
#   nix-instantiate --eval --strict --json --read-write-mode default.nix --argstr facts /path/facts.json
#
# gives, for each machine of the facts:
#
#   drvPath, storePath   the derivation of its system, and where that is when built
#   certificates         what the machine's services prove by: names and groups, signed by the program (certificates.nix)
#   bootstrapObjects     of a master: what the API server needs before anything else may do its work (NixOS's
#                        addonManager.bootstrapAddons); applied by the program
#   secrets              where each secret that the program holds belongs on the machine (secrets.nix);
#                        the secrets themselves never come here
#   summary              what is in the system, to be compared (summary.nix)
#
# facts: absolute path of a JSON document, checked by facts.nix, which describes its shape.
# nixpkgs: another nixpkgs than the pinned one of the facts, as a path.
{
  facts,
  nixpkgs ? null,
}:
let
  document = import ./facts.nix facts;

  source = if nixpkgs != null then nixpkgs else builtins.fetchTarball { inherit (document.nixpkgs) url sha256; };

  system =
    name: machine:
    let
      named = machine // {
        inherit name;
      };
      inherit
        (import "${toString source}/nixos/lib/eval-config.nix" {
          system = null; # the machine's kind says it, as nixpkgs.hostPlatform
          modules = [ ./machine.nix ];
          # For our modules and for the user's: `{ kluster, ... }: …`
          specialArgs.kluster = {
            inherit (document) cluster;
            machine = named;
          };
        })
        config
        options
        ;
      inherit (config.system.build) toplevel;
    in
    # Seen with --show-trace: a mistake in a module for all machines shows at any of them.
    builtins.mapAttrs (_: builtins.addErrorContext "while evaluating the NixOS system of the machine ${name}:") {
      drvPath = builtins.unsafeDiscardStringContext toplevel.drvPath;
      storePath = builtins.unsafeDiscardStringContext toplevel.outPath;
      certificates = builtins.mapAttrs (_: { commonName, organizations, hosts, ... }: { inherit commonName organizations hosts; }) (
        import ./certificates.nix {
          inherit config;
          machine = named;
        }
      );
      bootstrapObjects =
        if builtins.elem "master" machine.roles then
          builtins.attrValues config.services.kubernetes.addonManager.bootstrapAddons
        else
          [ ];
      secrets = import ./secrets.nix {
        inherit config options;
        inherit (document) cluster;
        machine = named;
      };
      summary = import ./summary.nix config;
    };
in
builtins.mapAttrs system document.machines
