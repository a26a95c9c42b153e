const { transformSync } = require("esbuild");

/** Jest's way to packages that are ES modules alone, which Node itself loads by `import` only. */
module.exports = {
  process: (source, filename) => ({
    code: transformSync(source, { format: "cjs", target: "node20", sourcefile: filename }).code,
  }),
};
