/** One guest in QEMU, tests in order, each on what the one before left. Run by `make test-metal`; needs root and Linux. */
module.exports = {
  rootDir: __dirname,
  testMatch: ["<rootDir>/*.test.ts"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: "<rootDir>/../../tsconfig.json" }] },
  testTimeout: 30 * 60_000,
  verbose: true,
  bail: 1,
};
