/** Settings of a unit file: values by "Section/Key", such as "Service/ExecStart", in their order. */
export type UnitFile = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a unit file as NixOS's switch-to-configuration does: [Install] does not count, a line that ends in a backslash
 * goes on in the next, and an empty value clears those before it.
 */
export function parseUnitFile(text: string): UnitFile {
  const settings = new Map<string, string[]>();
  let section = "";
  for (const line of text.replace(/\\\n/g, "").split("\n")) {
    const heading = /^\[(.*)\]\s*$/.exec(line);
    const setting = /^([^#;=][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (heading) section = heading[1];
    else if (setting && section !== "Install") {
      const name = `${section}/${setting[1]}`;
      settings.set(name, setting[2] === "" ? [] : [...(settings.get(name) ?? []), setting[2]]);
    }
  }
  return settings;
}

/** A boolean setting as systemd reads it; the last value counts. */
export function isTrue(unit: UnitFile, name: string, otherwise: boolean): boolean {
  const value = unit.get(name)?.at(-1);
  return value === undefined ? otherwise : ["1", "yes", "true", "on"].includes(value);
}

/** Names of units in a setting such as "Unit/Wants". */
export function unitNames(unit: UnitFile, name: string): string[] {
  return (unit.get(name) ?? []).join(" ").split(/\s+/).filter(Boolean);
}
