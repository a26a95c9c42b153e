# Attribute sets.
{ lib }:
let
  inherit (builtins) head tail length;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    ;

  nameValuePair = name: value: { inherit name value; };
  attrsToList = mapAttrsToList nameValuePair;
  mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
  mapAttrs' = f: attrs: listToAttrs (mapAttrsToList f attrs);
  concatMapAttrs = f: attrs: mergeAttrsList (attrValues (mapAttrs f attrs));
  mergeAttrsList = builtins.foldl' (a: b: a // b) { };
  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  genAttrs' = xs: f: listToAttrs (map f xs);
  filterAttrs =
    keep: attrs: removeAttrs attrs (builtins.filter (name: !(keep name attrs.${name})) (attrNames attrs));
  filterAttrsRecursive =
    keep: attrs:
    mapAttrs (_: value: if isAttrs value then filterAttrsRecursive keep value else value) (
      filterAttrs keep attrs
    );
  foldlAttrs =
    f: start: attrs:
    builtins.foldl' (acc: name: f acc name attrs.${name}) start (attrNames attrs);
  optionalAttrs = condition: attrs: if condition then attrs else { };
  attrVals = names: attrs: map (name: attrs.${name}) names;

  hasAttrByPath =
    path: value:
    path == [ ] || (isAttrs value && value ? ${head path} && hasAttrByPath (tail path) value.${head path});
  attrByPath =
    path: default: value:
    if path == [ ] then
      value
    else if isAttrs value && value ? ${head path} then
      attrByPath (tail path) default value.${head path}
    else
      default;
  getAttrFromPath =
    path: attrByPath path (abort "cannot find attribute '${lib.concatStringsSep "." path}'");
  setAttrByPath =
    path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };

  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (catAttrs name sets));
  zipAttrsWith = builtins.zipAttrsWith;
  zipAttrs = zipAttrsWith (_: values: values);
  recursiveUpdateUntil =
    stop: a: b:
    let
      go =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          # values are [ right left ] where both have the name
          if length values == 1 || stop here (builtins.elemAt values 1) (head values) then
            head values
          else
            go here values
        );
    in
    go [ ] [ b a ];
  recursiveUpdate = recursiveUpdateUntil (
    path: left: right:
    !(isAttrs left && isAttrs right)
  );

  mapAttrsRecursiveCond =
    enter: f: attrs:
    let
      go =
        path:
        mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && enter value then go here value else f here value
        );
    in
    go [ ] attrs;
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  collect =
    pred: value:
    if pred value then
      [ value ]
    else if isAttrs value then
      builtins.concatMap (collect pred) (attrValues value)
    else
      [ ];
  cartesianProduct =
    attrs:
    builtins.foldl' (
      products: name: builtins.concatMap (product: map (v: product // { ${name} = v; }) attrs.${name}) products
    ) [ { } ] (attrNames attrs);
  mapCartesianProduct = f: attrs: map f (cartesianProduct attrs);
  unionOfDisjoint =
    x: y:
    x // y // mapAttrs (name: _: throw "unionOfDisjoint: collision on ${name}") (intersectAttrs x y);

  isDerivation = value: value.type or null == "derivation";
  getOutput =
    output: pkg:
    if !(pkg ? outputSpecified) || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getMan = getOutput "man";
  recurseIntoAttrs = attrs: attrs // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = attrs: attrs // { recurseForDerivations = false; };
}
