// esbuild's buildSync runs esbuild once for each call then. Its worker thread, one more for each file of tests, was seen
// to leave the caller waiting for ever.
process.env.ESBUILD_WORKER_THREADS = "0";

/** Unit tests; the lab's end-to-end tests (test/lab) have a configuration of their own. */
module.exports = {
  rootDir: __dirname,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/lab/e2e/"],
  transform: { "\\.ts$": "ts-jest" },
};
