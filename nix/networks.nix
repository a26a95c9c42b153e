# The networks of a machine's own network cards, as its kind describes them. Their names sort before what others call
# theirs: systemd-networkd takes the first file that matches a card.
{ config, lib, ... }:
{
  options.kluster.networks = lib.mkOption {
    type = lib.types.attrs;
    internal = true;
    readOnly = true;
    description = "Definitions of systemd.network.networks, each with its card's MAC address in matchConfig.";
  };

  config.systemd.network.networks = config.kluster.networks;
}
