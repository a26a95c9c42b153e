import { storeUrl } from "../../../provider/nixos/copy";

test.each([
  ["192.168.56.11", "", "ssh://root@192.168.56.11"],
  ["192.168.56.11", "/mnt", "ssh://root@192.168.56.11?remote-store=local%3Froot%3D%2Fmnt"],
  ["2001:db8:1::1", "", "ssh://root@[2001:db8:1::1]"],
] as const)("the store of %s at %p is %s", (address, root, url) => {
  expect(storeUrl({ address, root })).toBe(url);
});
