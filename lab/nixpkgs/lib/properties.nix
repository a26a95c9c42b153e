# Properties: what a definition says beside its value (only if …, with which priority, in which order), and how
# they are taken off again before the definitions are merged.
{ lib }:
let
  inherit (builtins) concatMap mapAttrs;
  typeOf = x: x._type or null;
in
rec {
  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkDefinition = definition: definition // { _type = "definition"; };
  mkAssert =
    assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

  mkOptionDefault = mkOverride 1500; # what `default = …` of an option is worth
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  # Moves properties of a set down to its attributes, so that the names can be seen without evaluating any
  # condition: `mkIf c { a = 1; }` becomes `{ a = mkIf c 1; }`. Gives a list because of `mkMerge`.
  pushDownProperties =
    config:
    let
      down = wrap: content: map (mapAttrs (_: wrap)) (pushDownProperties content);
    in
    {
      "merge" = concatMap pushDownProperties config.contents;
      "if" = down (mkIf config.condition) config.content;
      "override" = down (mkOverride config.priority) config.content;
    }
    .${toString (typeOf config)} or [ config ];

  # Takes conditions and merges off a definition: the values that really are defined.
  dischargeProperties =
    value:
    if typeOf value == "merge" then
      concatMap dischargeProperties value.contents
    else if typeOf value == "if" then
      if !builtins.isBool value.condition then
        throw "mkIf called with a condition that is not a boolean but a ${builtins.typeOf value.condition}"
      else if value.condition then
        dischargeProperties value.content
      else
        [ ]
    else
      [ value ];

  # Of definitions with priorities only those of the strongest (the lowest number) count.
  filterOverrides' =
    defs:
    let
      priorityOf =
        def: if typeOf def.value == "override" then def.value.priority else defaultOverridePriority;
      highestPrio = builtins.foldl' (prio: def: lib.min prio (priorityOf def)) 9999 defs;
      strip = def: if typeOf def.value == "override" then def // { value = def.value.content; } else def;
    in
    {
      inherit highestPrio;
      values = map strip (builtins.filter (def: priorityOf def == highestPrio) defs);
    };
  filterOverrides = defs: (filterOverrides' defs).values;

  # Stable sort by `mkBefore`, `mkAfter`, `mkOrder`.
  sortProperties =
    defs:
    let
      strip =
        def:
        if typeOf def.value == "order" then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
      orderOf = def: def.priority or defaultOrderPriority;
    in
    if builtins.any (def: typeOf def.value == "order") defs then
      builtins.sort (a: b: orderOf a < orderOf b) (map strip defs)
    else
      defs;
}
