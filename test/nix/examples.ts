import { resolve } from "node:path";
import { Facts, hetznerFacts, shippedFacts, withWireGuard } from "./facts";

/** The shipped inventories and what the guides make of them, as facts for nix/default.nix. */
export const examples: { what: string; facts: () => Facts }[] = [
  { what: "the shipped inventory", facts: shippedFacts },
  { what: "VirtualBox machines with WireGuard", facts: () => withWireGuard(shippedFacts()) },
  { what: "Hetzner machines", facts: hetznerFacts },
  { what: "machines with a secret of the user's own", facts: withSecret },
  { what: "machines without flannel, kube-proxy and addon manager", facts: withoutParts },
];

function withoutParts(): Facts {
  const facts = hetznerFacts();
  facts.cluster.modules = [resolve(__dirname, "fixtures/parts-off.nix")];
  return facts;
}

function withSecret(): Facts {
  const facts = shippedFacts();
  facts.cluster.secrets = ["wifi"];
  facts.cluster.modules = [resolve(__dirname, "fixtures/wifi.nix")];
  return facts;
}
