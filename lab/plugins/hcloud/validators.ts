import { isIP, isIPv4 } from "node:net";

/** Go's net.ParseCIDR, as far as it is a yes or no. */
export function isCidr(text: string): boolean {
  const [address, prefix, ...more] = text.split("/");
  const most = isIPv4(address) ? 32 : isIP(address) ? 128 : -1;
  return more.length === 0 && /^\d{1,3}$/.test(prefix ?? "") && Number(prefix) <= most;
}

const KEY =
  /^([a-z0-9A-Z]((?:[\-_.]|[a-z0-9A-Z]){0,253}[a-z0-9A-Z])?\/)?[a-z0-9A-Z]((?:[\-_.]|[a-z0-9A-Z]){0,62}[a-z0-9A-Z])?$/;
const VALUE = /^(([a-z0-9A-Z](?:[\-_.]|[a-z0-9A-Z]){0,62})?[a-z0-9A-Z]$|$)/;

/** What the API's documentation says of labels. */
export function labelsAreWrong(labels: Record<string, string>): string | undefined {
  for (const [key, value] of Object.entries(labels)) {
    if (!KEY.test(key)) return `label key '${key}' is not correctly formatted`;
    if (!VALUE.test(value)) return `label value '${value}' (key: ${key}) is not correctly formatted`;
  }
  return undefined;
}

export const oneOf =
  (...values: string[]) =>
  (value: string): string | undefined =>
    values.includes(value)
      ? undefined
      : `expected one of [${values.map((one) => `"${one}"`).join(" ")}], got ${value}`;
