// esbuild's buildSync runs esbuild once for each call then. Its worker thread, one more for each file of tests, was seen
// to leave the caller waiting for ever.
process.env.ESBUILD_WORKER_THREADS = "0";

/** Unit tests; the lab's end-to-end tests (test/lab) have a configuration of their own. */
module.exports = {
  rootDir: __dirname,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/lab/e2e/", "<rootDir>/test/metal/"],
  transform: { "\\.ts$": "ts-jest", "\\.js$": "<rootDir>/test/support/esm.js" },
  transformIgnorePatterns: ["/node_modules/(?!(age-encryption|@noble|@scure)/)"],
  // Jest's own 5 s are for a box of one's own: on a loaded one they end tests that have nothing wrong, such as those whose
  // first line compiles half the program. A test that hangs fails all the same, a minute later.
  // A real nixpkgs, where one is given, takes a test that makes systems minutes.
  testTimeout: process.env.KLUSTER_NIXPKGS ? 30 * 60_000 : 60_000,
};
