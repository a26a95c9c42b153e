# The IPv4 network that an address lies in.
#
#   network      its own address, "10.64.0.0"
#   first        the first of its addresses, "10.64.0.1"
lib:
{ address, prefixLength }:
let
  size = builtins.foldl' (product: _: product * 2) 1 (lib.range 1 (32 - prefixLength));
  number = builtins.foldl' (sum: part: sum * 256 + lib.toInt part) 0 (lib.splitString "." address);
  network = number / size * size;
  dotted =
    n:
    lib.concatMapStringsSep "." (unit: toString (lib.mod (n / unit) 256)) [
      16777216
      65536
      256
      1
    ];
in
{
  network = dotted network;
  first = dotted (network + 1);
}
