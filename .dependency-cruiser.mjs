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

/** Nothing of them is there when the program runs. */
const TYPES = ["type-only", "pre-compilation-only"];

export default {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: TYPES } },
    },
    // The program starts with them: they load nothing of what the provider works with.
    {
      name: "declarations-load-nothing-of-the-provider",
      severity: "error",
      from: { path: "^provider/(sdk\\.ts|resource-class\\.ts|declarations/)" },
      to: {
        pathNot: "^(provider/(sdk\\.ts|resource-class\\.ts|declarations/)|node_modules/@pulumi/pulumi/)",
        dependencyTypesNot: TYPES,
      },
    },
    {
      name: "declarations-need-no-Pulumi",
      severity: "error",
      from: { path: "^provider/declarations/" },
      to: { path: "^node_modules/" },
    },
    // A library for certificates, which takes long to load and only the provider uses.
    {
      name: "the-program-signs-nothing",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^provider/pki/index\\.ts", dependencyTypesNot: TYPES },
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
