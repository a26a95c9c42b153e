import { LoginInputs } from "../declarations/machine";
import { Login } from "../ssh";

export function loginOf(inputs: LoginInputs): Login {
  const { address, hostKey, privateKey } = inputs;
  return { address, port: 22, user: "root", hostKey, privateKey };
}
