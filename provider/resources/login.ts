import { Login } from "../ssh";

/** How the program reaches a machine as root; part of the inputs of all that happens on machines. */
export interface LoginInputs {
  address: string;
  /** The machine's public host key, as in authorized_keys. */
  hostKey: string;
  /** OpenSSH private key of the stack's operator. */
  privateKey: string;
}

export function loginOf(inputs: LoginInputs): Login {
  const { address, hostKey, privateKey } = inputs;
  return { address, port: 22, user: "root", hostKey, privateKey };
}
