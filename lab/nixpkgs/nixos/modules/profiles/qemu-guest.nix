# Upstream: nixos/modules/profiles/qemu-guest.nix, whose kernel modules mean nothing here.
{ }
