/**
 * The little of the Reflect metadata API without which tsyringe, the container inside @peculiar/x509, refuses to load.
 * None of that library's classes has constructor parameters to inject, so there is no metadata to keep: whoever asks
 * gets none. Must be loaded before the library. A complete polyfill that is there already stays.
 */
const api = Reflect as unknown as Record<string, unknown>;

for (const name of ["defineMetadata", "getMetadata", "getOwnMetadata"]) {
  api[name] ??= () => undefined;
}

export {};
