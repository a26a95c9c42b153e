/*
 * Lets Node run the program's TypeScript as it stands. Pulumi's own way, ts-node with the TypeScript compiler, takes
 * a second at every start, and each `pulumi up` starts the program twice. What has been translated is kept in
 * build/program under the hash of its source. Types are checked by `make check`.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const kept = join(__dirname, "..", "build", "program");

require.extensions[".ts"] = (module, filename) => {
  const source = readFileSync(filename, "utf8");
  const file = join(kept, `${createHash("sha256").update(`${filename}\n${source}`).digest("hex")}.js`);
  module._compile(readKept(file) ?? translate(filename, source, file), filename);
};

function readKept(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // not translated yet
  }
}

function translate(filename, source, file) {
  const { transformSync } = require("esbuild");
  const { code } = transformSync(source, {
    loader: "ts",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false }, // Node itself would look for JavaScript files

    sourcemap: "inline",
    sourcefile: filename,
  });
  mkdirSync(kept, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return code;
}
