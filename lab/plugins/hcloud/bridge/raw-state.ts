import { Properties, secret } from "../../values";
import { Field, Fields, terraformName } from "../fields";

/** Where the bridge keeps how Terraform's own state differs from the properties. */
export const RAW_STATE = "__pulumi_raw_state_delta";

/** How the raw state is told. */
export interface RawState {
  /** The plugin framework's: what is null is left out of the properties, and told here. */
  framework?: boolean;
  /** Terraform has a number where Pulumi has an id of text. */
  numericId?: boolean;
}

/** The note that the bridge keeps in the state beside the properties. */
export const rawState = (fields: Fields, properties: Properties, how: RawState = {}): Properties => ({
  obj: {
    ...members(fields, properties, how),
    ...renamed(fields),
  },
});

function members(fields: Fields, properties: Properties, { framework, numericId }: RawState): Properties {
  const told: Properties = numericId ? { id: { num: {} } } : {};
  for (const [name, field] of Object.entries(fields)) {
    const value = properties[name] ?? null;
    if (value !== null) {
      const note = noteOf(field, value);
      if (note) told[name] = note;
    } else if (framework) told[name] = secret({ replace: { raw: null } });
  }
  return Object.keys(told).length ? { ps: told } : {};
}

function noteOf(field: Field, value: any): Properties | undefined {
  if (field.kind === "map") return { map: {} };
  if (field.kind !== "list" && field.kind !== "set") return undefined;
  const { of } = field;
  if (typeof of !== "object" || value.length === 0) return { arr: {} };
  const elements = value.map((one: Properties, at: number) => [at, { obj: members(of, one, {}) }]);
  return { arr: { el: Object.fromEntries(elements) } };
}

/** Names that Pulumi makes a plural of. */
function renamed(fields: Fields): Properties {
  const names = Object.entries(fields)
    .filter(([, { terraform }]) => terraform !== undefined)
    .map(([name, field]) => [name, terraformName(name, field)]);
  return names.length ? { renamed: Object.fromEntries(names) } : {};
}
