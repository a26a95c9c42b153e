/** The lab's end-to-end tests: one cluster, tests in order, minutes. Run by `make test`; needs root and Linux. */
module.exports = {
  rootDir: __dirname,
  testMatch: ["<rootDir>/*.test.ts"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: "<rootDir>/../../../tsconfig.json" }] },
  testTimeout: 20 * 60_000,
  verbose: true,
};
