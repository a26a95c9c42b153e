import { Field } from "./fields";
import { labelsAreWrong } from "./validators";

export const name: Field = { kind: "string", required: true, autonamed: true };

export const labels: Field = { kind: "map", optional: true, check: labelsAreWrong };

/** Off unless told. */
export const off: Field = { kind: "boolean", optional: true, default: false };
