import { randomBytes } from "node:crypto";

/** A MAC address as VirtualBox makes them: Cadmus' prefix, then three random bytes. */
export const newMac = () => `080027${randomBytes(3).toString("hex").toUpperCase()}`;

/** Twelve hex digits as six pairs with colons, lower case. */
export const withColons = (mac: string) => mac.toLowerCase().match(/../g)!.join(":");

/** Whether these are twelve hex digits that name one interface (no group address). */
export const isUnicastMac = (text: string) => /^[0-9a-f][02468ace][0-9a-f]{10}$/i.test(text);
