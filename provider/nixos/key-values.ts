/**
 * Reads what scripts say as key=value, one a line; other lines are noise.
 * @returns a function that gives a key's value, "" for one that was not said
 */
export function keyValues(text: string): (key: string) => string {
  const values = new Map(
    text
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  return (key) => values.get(key) ?? "";
}
