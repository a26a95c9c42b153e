/** Unit tests; the lab's end-to-end tests (test/lab) have a configuration of their own. */
module.exports = {
  rootDir: __dirname,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/lab/e2e/"],
  transform: { "\\.ts$": "ts-jest" },
};
