import tseslint from "typescript-eslint";

/** What would be noise where any answer of another program, or a stand-in for one, is looked at. */
const looseTypes = Object.fromEntries(
  [
    ...["no-explicit-any", "no-unsafe-argument", "no-unsafe-assignment", "no-unsafe-call"],
    ...["no-unsafe-member-access", "no-unsafe-return", "no-unsafe-function-type", "unbound-method"],
    ...["no-base-to-string", "no-misused-promises", "no-require-imports", "restrict-template-expressions"],
    ...["no-redundant-type-constituents", "no-unnecessary-type-assertion"],
  ].map((rule) => [`@typescript-eslint/${rule}`, "off"]),
);

export default tseslint.config(
  { ignores: ["build/", "node_modules/", ".kluster/", "test/fixtures/"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // A promise is the contract of many functions that have nothing to wait for.
      "@typescript-eslint/require-await": "off",
      // What was caught is passed on as it came.
      "@typescript-eslint/only-throw-error": [
        "error",
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "all", ignoreRestSiblings: true },
      ],
    },
  },
  { files: ["lab/**/*.ts", "test/**/*.ts"], rules: looseTypes },
);
