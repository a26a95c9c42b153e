# Upstream: nixos/modules/profiles/installation-device.nix: an installer lets everybody in who sits at the console, and
# nobody by SSH until there is a key.
{ lib, pkgs, ... }:
{
  imports = [
    ../installer/scan/not-detected.nix
    ../installer/cd-dvd/channel.nix
  ];
  config = {
    system.nixos.variant_id = lib.mkDefault "installer";
    documentation.enable = lib.mkImageMediaOverride true;
    documentation.nixos.enable = lib.mkImageMediaOverride true;
    users.users.nixos = {
      isNormalUser = true;
      extraGroups = [ "wheel" "video" ];
      initialHashedPassword = "";
    };
    users.users.root.initialHashedPassword = "";
    services.getty.autologinUser = "nixos";
    services.openssh = {
      enable = lib.mkDefault true;
      settings.PermitRootLogin = lib.mkDefault "yes";
    };
    networking.wireless.enable = lib.mkDefault true;
    environment.variables.GC_INITIAL_HEAP_SIZE = "1M";
    # In every NixOS, by installer/tools/tools.nix; here whoever needs them has them.
    environment.systemPackages = [ pkgs.nixos-install-tools ];
  };
}
