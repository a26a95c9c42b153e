export { generateWireGuardKeyPair, type WireGuardKeyPair } from "./key";
