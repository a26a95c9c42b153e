/** A folder uses those that are named, itself, and packages; nothing else of this project. */
const layer = (folder, ...uses) => ({
  name: `${folder}-uses-${["itself", ...uses].join("-")}`,
  severity: "error",
  from: { path: `^${folder}/` },
  to: {
    path: "^[^/]+/",
    pathNot: `^(${[folder, ...uses, "node_modules"].join("|")})/`,
    dependencyTypesNot: ["core"],
  },
});

export default {
  forbidden: [
    // Types may: nothing of them is there when the program runs.
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only", "pre-compilation-only"] } },
    },
    layer("settings", "nix"),
    layer("provider"),
    layer("components", "settings", "provider"),
    layer("stack", "settings", "provider"),
    layer("user-kubeconfig", "stack", "provider"),
    layer("doctor", "stack", "settings", "provider"),
    layer("generations", "stack", "settings", "provider"),
    layer("recovery", "stack", "settings", "provider"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: "specify",
    tsConfig: { fileName: "tsconfig.json" },
  },
};
