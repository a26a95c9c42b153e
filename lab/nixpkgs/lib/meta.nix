# What a package says about itself.
{ lib }:
rec {
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram
        or (throw "getExe: package ${pkg.name or "without a name"} does not say its mainProgram; use getExe' with the program's name")
    );
  getExe' =
    pkg: program:
    lib.throwIf (lib.hasInfix "/" program) "getExe': \"${program}\" must be the name of a program, not a path" "${lib.getBin pkg}/bin/${program}";
  setName = name: pkg: pkg // { inherit name; };
  addMetaAttrs = attrs: pkg: pkg // { meta = pkg.meta or { } // attrs; };
  lowPrio = addMetaAttrs { priority = 10; };
  hiPrio = addMetaAttrs { priority = -10; };
}
