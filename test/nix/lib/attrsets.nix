lib: {
  "mapAttrs' renames" = { it = lib.mapAttrs' (n: v: lib.nameValuePair "x-${n}" (v + 1)) { a = 1; }; is = { x-a = 2; }; };
  "mapAttrsToList goes by name" = { it = lib.mapAttrsToList (n: v: "${n}=${toString v}") { b = 2; a = 1; }; is = [ "a=1" "b=2" ]; };
  "filterAttrs looks at names and values" = { it = lib.filterAttrs (n: v: n != "a" && v != null) { a = 1; b = null; c = 3; }; is = { c = 3; }; };
  "filterAttrsRecursive goes down" = { it = lib.filterAttrsRecursive (_: v: v != null) { a.b = null; a.c = 1; d = null; }; is = { a.c = 1; }; };
  "genAttrs and listToAttrs" = {
    it = [ (lib.genAttrs [ "a" "b" ] (n: "${n}!")) (lib.listToAttrs [ (lib.nameValuePair "a" 1) ]) ];
    is = [ { a = "a!"; b = "b!"; } { a = 1; } ];
  };
  "attrByPath falls back" = {
    it = [ (lib.attrByPath [ "a" "b" ] 0 { a.b = 1; }) (lib.attrByPath [ "a" "c" ] 0 { a.b = 1; }) (lib.attrByPath [ "a" "b" "c" ] 0 { a.b = 1; }) ];
    is = [ 1 0 0 ];
  };
  "hasAttrByPath" = { it = [ (lib.hasAttrByPath [ "a" "b" ] { a.b = 1; }) (lib.hasAttrByPath [ "a" "b" ] { a = 1; }) ]; is = [ true false ]; };
  "getAttrFromPath follows a path" = { it = lib.getAttrFromPath [ "a" "b" ] { a.b = 1; }; is = 1; };
  "setAttrByPath builds the way" = { it = lib.setAttrByPath [ "a" "b" ] 1; is = { a.b = 1; }; };
  "recursiveUpdate merges sets and replaces the rest" = {
    it = lib.recursiveUpdate { a.b = 1; a.c = [ 1 ]; d = 1; } { a.c = [ 2 ]; d.e = 2; };
    is = { a.b = 1; a.c = [ 2 ]; d.e = 2; };
  };
  "optionalAttrs" = { it = [ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false { a = 1; }) ]; is = [ { a = 1; } { } ]; };
  "zipAttrs collects values by name" = { it = lib.zipAttrs [ { a = 1; } { a = 2; b = 3; } ]; is = { a = [ 1 2 ]; b = [ 3 ]; }; };
  "zipAttrsWith" = { it = lib.zipAttrsWith (n: vs: "${n}${toString vs}") [ { a = 1; } { a = 2; } ]; is = { a = "a1 2"; }; };
  "mapAttrsRecursive knows the path" = { it = lib.mapAttrsRecursive (p: v: lib.concatStringsSep "." p + toString v) { a.b = 1; }; is = { a.b = "a.b1"; }; };
  "mapAttrsRecursiveCond stops where told" = {
    it = lib.mapAttrsRecursiveCond (s: !(s ? leaf)) (p: v: lib.length p) { a.b.leaf = 1; };
    is = { a.b = 2; };
  };
  "collect finds by a predicate" = { it = lib.collect (x: x ? t) { a.t = 1; b.c.t = 2; d = 3; }; is = [ { t = 1; } { t = 2; } ]; };
  "foldlAttrs, attrsToList and attrValues" = {
    it = [ (lib.foldlAttrs (acc: n: v: acc + n + toString v) "" { b = 2; a = 1; }) (lib.attrsToList { a = 1; }) (lib.attrValues { b = 2; a = 1; }) ];
    is = [ "a1b2" [ { name = "a"; value = 1; } ] [ 1 2 ] ];
  };
  "concatMapAttrs and mergeAttrsList" = {
    it = [ (lib.concatMapAttrs (n: v: { ${n} = v; "${n}2" = v; }) { a = 1; }) (lib.mergeAttrsList [ { a = 1; } { a = 2; b = 1; } ]) ];
    is = [ { a = 1; a2 = 1; } { a = 2; b = 1; } ];
  };
  "cartesianProduct" = { it = lib.cartesianProduct { a = [ 1 2 ]; b = [ 3 ]; }; is = [ { a = 1; b = 3; } { a = 2; b = 3; } ]; };
  "isDerivation" = { it = map lib.isDerivation [ { type = "derivation"; } { } 1 ]; is = [ true false false ]; };
  "getBin takes the output" = { it = [ (lib.getBin { bin = "b"; out = "o"; }) (lib.getBin { out = "o"; }) ]; is = [ "b" "o" ]; };
  "attrVals and catAttrs" = { it = [ (lib.attrVals [ "a" ] { a = 1; }) (lib.catAttrs "a" [ { a = 1; } { b = 2; } ]) ]; is = [ [ 1 ] [ 1 ] ]; };
}
