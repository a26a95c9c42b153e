import { resolve } from "node:path";
import { Facts, hetznerFacts, shippedFacts, withWireGuard } from "./facts";

/** The shipped inventories and what the guides make of them, as facts for nix/default.nix. */
export const examples: { what: string; facts: () => Facts }[] = [
  { what: "the shipped inventory", facts: shippedFacts },
  { what: "VirtualBox machines with WireGuard", facts: () => withWireGuard(shippedFacts()) },
  { what: "Hetzner machines", facts: hetznerFacts },
  { what: "machines with a secret of the user's own", facts: withSecret },
];

function withSecret(): Facts {
  const facts = shippedFacts();
  facts.cluster.secrets = ["wifi"];
  facts.cluster.modules = [resolve(__dirname, "fixtures/wifi.nix")];
  return facts;
}
