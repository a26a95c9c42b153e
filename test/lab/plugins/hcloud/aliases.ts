import type { Json } from "./recordings";

/** What differs from run to run: ids, addresses of the lab's internet, and hardware addresses. */
const NAMES = /\b42\d{5}\b|198\.51\.100\.\d+|2001:db8:c0de:[0-9a-f]+(?=::)|\b86(?::[0-9a-f]{2}){5}\b/g;

/** What is called otherwise here than it was in the recordings. */
export class Aliases {
  private readonly here = new Map<string, string>();
  private readonly there = new Map<string, string>();

  /** Learns from one object that was made here as it was there. */
  learn(recorded: Json, made: Json): void {
    const of = ({ id, properties: { ipAddress, macAddress } }: Json) =>
      `${[id, ipAddress, macAddress].join(" ")}`.match(NAMES) ?? [];
    const names = of(made);
    of(recorded).forEach((name, place) => {
      this.here.set(name, names[place]);
      this.there.set(names[place], name);
    });
  }

  /** What was recorded, with the names of here. */
  toHere = <T>(recorded: T): T => translate(recorded, this.here);
  /** What was answered here, with the names of the recordings. */
  toThere = <T>(answered: T): T => translate(answered, this.there);
}

const translate = <T>(value: T, names: Map<string, string>): T =>
  JSON.parse(JSON.stringify(value).replace(NAMES, (name) => names.get(name) ?? name));
