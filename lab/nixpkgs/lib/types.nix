# Types of options: which definitions are allowed (`check`) and what several of them make together (`merge`).
{ lib }:
let
  inherit (builtins)
    all
    elem
    filter
    head
    isAttrs
    isList
    isString
    length
    mapAttrs
    ;
  inherit (lib.options)
    getFiles
    getValues
    mergeEqualOption
    mergeOneOption
    mergeUniqueOption
    showFiles
    showOption
    ;
  inherit (lib.modules) evalModules mergeDefinitions;

  # Part of a description: in parentheses where it could be misread.
  phrase =
    classes: type:
    if elem (type.descriptionClass or null) classes then type.description else "(${type.description})";

  simple =
    name: description: check: merge:
    mkOptionType {
      inherit
        name
        description
        check
        merge
        ;
      descriptionClass = "noun";
    };

  # A type around one other type.
  around =
    name: elemType: attrs:
    mkOptionType (
      {
        inherit name;
        inherit (elemType) getSubModules;
        nestedTypes.elemType = elemType;
        substSubModules = modules: types.${name} (elemType.substSubModules modules);
        # The same wrapper, declared twice, wraps what the inner types make together.
        functor = {
          inherit name;
          payload = { inherit elemType; };
          merge =
            a: b:
            let
              inner = a.elemType.typeMerge b.elemType.functor;
            in
            if inner == null then null else types.${name} inner;
        };
      }
      // attrs
    );

  # Definitions of attributes, name by name: [ { file; value = { a = 1; }; } ] -> { a = [ { file; value = 1; } ]; }
  byName =
    defs:
    builtins.zipAttrsWith (_: values: values) (
      map (
        def:
        mapAttrs (_: value: {
          inherit (def) file;
          inherit value;
        }) def.value
      ) defs
    );

  between =
    low: high: name: description:
    types.addCheck types.int (x: x >= low && x <= high) // { inherit name description; };
  unsigned = bits: high: between 0 high "unsignedInt${toString bits}" "${toString bits} bit unsigned integer; between 0 and ${toString high} (both inclusive)";
  signed = bits: half: between (0 - half) (half - 1) "signedInt${toString bits}" "${toString bits} bit signed integer; between ${toString (0 - half)} and ${toString (half - 1)} (both inclusive)";

  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }:
    let
      declared = evalModules {
        inherit modules specialArgs class;
        prefix = [ "<name>" ];
      };
      freeformType = (declared.extendModules { modules = [ { _module.args.name = "‹name›"; } ]; })._freeformType;
      asModule =
        { file, value }:
        if isAttrs value && shorthandOnlyDefinesConfig then
          {
            _file = file;
            config = value;
          }
        else
          {
            _file = file;
            imports = [ value ];
          };
      evaluate =
        loc: defs:
        evalModules {
          inherit specialArgs class;
          prefix = loc;
          modules =
            [ { _module.args.name = lib.mkOptionDefault (lib.last loc); } ]
            ++ modules
            ++ map (def: asModule { inherit (def) file value; }) defs;
        };
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then
          description
        else if freeformType != null then
          "open submodule of ${phrase [ "noun" "composite" ] freeformType}"
        else
          "submodule";
      descriptionClass = null;
      check = x: isAttrs x || lib.isFunction x || builtins.isPath x;
      merge = loc: defs: (evaluate loc defs).config;
      emptyValue.value = { };
      getSubModules = modules;
      getSubOptions =
        prefix:
        (evalModules {
          inherit modules specialArgs class prefix;
        }).options;
      substSubModules =
        modules:
        submoduleWith {
          inherit
            modules
            specialArgs
            shorthandOnlyDefinesConfig
            description
            class
            ;
        };
      functor = {
        name = "submodule";
        payload = {
          inherit
            modules
            specialArgs
            shorthandOnlyDefinesConfig
            description
            class
            ;
        };
        merge =
          a: b:
          submoduleWith {
            modules = a.modules ++ b.modules;
            specialArgs = a.specialArgs // b.specialArgs;
            shorthandOnlyDefinesConfig = a.shorthandOnlyDefinesConfig || b.shorthandOnlyDefinesConfig;
            description = if a.description != null then a.description else b.description;
            class = if a.class != null then a.class else b.class;
          };
      };
    };

  mkOptionType =
    {
      name,
      description ? name,
      descriptionClass ? null,
      check ? _: true,
      merge ? lib.options.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? _: { },
      getSubModules ? null,
      substSubModules ? _: null,
      functor ? {
        inherit name;
        payload = null;
      },
      typeMerge ? mergeTypes functor,
      nestedTypes ? { },
      deprecationMessage ? null,
    }:
    {
      _type = "option-type";
      inherit
        name
        description
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        nestedTypes
        deprecationMessage
        functor
        ;
    };

  # What two declarations of one option make together; null if they contradict each other.
  mergeTypes =
    a: b:
    if a.name != b.name then
      null
    else if a ? merge then
      a.merge a.payload b.payload
    else
      types.${a.name} or null;

  types = rec {
    inherit mkOptionType submoduleWith;
    isOptionType = x: x._type or null == "option-type";
    isType = type: x: x._type or null == type;
    setType = type: value: value // { _type = type; };

    unspecified = mkOptionType {
      name = "unspecified";
      description = "unspecified value";
      descriptionClass = "noun";
    };
    raw = simple "raw" "raw value" (_: true) mergeOneOption;
    anything = simple "anything" "anything" (_: true) (
      loc: defs:
      let
        kindOf = value: if isAttrs value && lib.isStringLike value then "like-string" else builtins.typeOf value;
        kinds = lib.unique (map kindOf (getValues defs));
        kind = head kinds;
      in
      if length kinds > 1 then
        throw "The option `${showOption loc}' has conflicting option types in ${showFiles (getFiles defs)}"
      else if kind == "set" then
        (attrsOf anything).merge loc defs
      else if kind == "like-string" then
        mergeOneOption loc defs
      else if kind == "lambda" then
        argument:
        anything.merge (loc ++ [ "<function body>" ]) (
          map (def: def // { value = def.value argument; }) defs
        )
      else
        mergeEqualOption loc defs
    );

    bool = simple "bool" "boolean" builtins.isBool mergeEqualOption;
    boolByOr = simple "boolByOr" "boolean (merged using or)" builtins.isBool (
      loc: defs: lib.any (def: def.value) defs
    );
    int = simple "int" "signed integer" builtins.isInt mergeEqualOption;
    float = simple "float" "floating point number" builtins.isFloat mergeEqualOption;
    number = either int float;
    ints = {
      between =
        low: high:
        between low high "intBetween" "integer between ${toString low} and ${toString high} (both inclusive)";
      positive =
        addCheck int (x: x > 0)
        // {
          name = "positiveInt";
          description = "positive integer, meaning >0";
          descriptionClass = "nonRestrictiveClause";
        };
      unsigned =
        addCheck int (x: x >= 0)
        // {
          name = "unsignedInt";
          description = "unsigned integer, meaning >=0";
          descriptionClass = "nonRestrictiveClause";
        };
      u8 = unsigned 8 255;
      u16 = unsigned 16 65535;
      u32 = unsigned 32 4294967295;
      s8 = signed 8 128;
      s16 = signed 16 32768;
      s32 = signed 32 2147483648;
    };
    port = ints.u16;

    str = simple "str" "string" isString mergeEqualOption;
    nonEmptyStr = simple "nonEmptyStr" "non-empty string" (
      x: isString x && builtins.match "[ \t\n]*" x == null
    ) mergeEqualOption;
    singleLineStr = simple "singleLineStr" "(optionally newline-terminated) single-line string" (
      x: isString x && builtins.match "[^\n\r]*\n?" x != null
    ) (loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs));
    strMatching =
      pattern:
      simple "strMatching ${lib.strings.escapeNixString pattern}" "string matching the pattern ${pattern}" (
        x: isString x && builtins.match pattern x != null
      ) mergeEqualOption;
    separatedString =
      separator:
      mkOptionType {
        name = "separatedString";
        description = "strings concatenated with ${builtins.toJSON separator}";
        descriptionClass = "noun";
        check = isString;
        merge = loc: defs: builtins.concatStringsSep separator (getValues defs);
        functor = {
          name = "separatedString";
          payload = { inherit separator; };
          merge = a: b: if a.separator == b.separator then separatedString separator else null;
        };
      };
    lines = separatedString "\n";
    commas = separatedString ",";
    envVar = separatedString ":";
    passwdEntry =
      entry:
      addCheck entry (x: isString x && builtins.match "[^:\n]*" x != null)
      // {
        name = "passwdEntry ${entry.name}";
        description = "${phrase [ "noun" ] entry}, not containing newlines or colons";
        descriptionClass = "nonRestrictiveClause";
      };
    enum =
      values:
      mkOptionType {
        name = "enum";
        description =
          let
            show = value: if isString value then "\"${value}\"" else if builtins.isInt value then toString value else if builtins.isBool value then lib.boolToString value else "<${builtins.typeOf value}>";
          in
          if values == [ ] then
            "impossible (empty enum)"
          else if length values == 1 then
            "value ${show (head values)} (singular enum)"
          else
            "one of ${lib.concatMapStringsSep ", " show values}";
        descriptionClass = if length values < 2 then "noun" else "conjunction";
        check = value: elem value values;
        merge = mergeEqualOption;
        functor = {
          name = "enum";
          payload = { inherit values; };
          merge = a: b: enum (lib.unique (a.values ++ b.values));
        };
      };

    path = simple "path" "absolute path" (
      x: lib.isStringLike x && builtins.substring 0 1 (toString x) == "/"
    ) mergeEqualOption;
    pathInStore = simple "pathInStore" "path in the Nix store" (
      x: lib.isStringLike x && builtins.match "${lib.strings.escapeRegex builtins.storeDir}/[^.].*" (toString x) != null
    ) mergeEqualOption;
    package = simple "package" "package" (x: lib.isDerivation x || lib.isStorePath x) mergeOneOption;
    shellPackage = package // {
      check = x: lib.isDerivation x && x ? shellPath;
    };
    optionType = simple "optionType" "optionType" isOptionType (
      loc: defs:
      if length defs == 1 then
        (head defs).value
      else
        builtins.foldl' (
          a: def:
          let
            merged = a.typeMerge def.value.functor;
          in
          if merged == null then mergeEqualOption loc defs else merged
        ) (head defs).value (lib.tail defs)
    );
    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      check = isAttrs;
      merge = loc: defs: builtins.foldl' (all: def: all // def.value) { } defs;
      emptyValue.value = { };
    };

    listOf =
      elemType:
      around "listOf" elemType {
        description = "list of ${phrase [ "noun" "composite" ] elemType}";
        descriptionClass = "composite";
        check = isList;
        merge =
          loc: defs:
          let
            # Positions count from 1 within each definition, as messages show them.
            elements = builtins.concatLists (
              lib.imap1 (
                n: def:
                lib.imap1 (
                  m: value:
                  (mergeDefinitions (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
                    {
                      inherit (def) file;
                      inherit value;
                    }
                  ]).optionalValue
                ) def.value
              ) defs
            );
          in
          map (element: element.value) (filter (element: element ? value) elements);
        emptyValue.value = [ ];
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      };
    nonEmptyListOf =
      elemType:
      addCheck (listOf elemType) (xs: xs != [ ])
      // {
        description = "non-empty ${phrase [ "noun" ] (listOf elemType)}";
        emptyValue = { };
      };
    attrsOf =
      elemType:
      around "attrsOf" elemType {
        description = "attribute set of ${phrase [ "noun" "composite" ] elemType}";
        descriptionClass = "composite";
        check = isAttrs;
        merge =
          loc: defs:
          mapAttrs (_: merged: merged.value) (
            lib.filterAttrs (_: merged: merged ? value) (
              mapAttrs (name: named: (mergeDefinitions (loc ++ [ name ]) elemType named).optionalValue) (byName defs)
            )
          );
        emptyValue.value = { };
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<name>" ]);
      };
    # Names can be seen without evaluating a value: for sets whose values refer to each other.
    lazyAttrsOf =
      elemType:
      around "lazyAttrsOf" elemType {
        description = "lazy attribute set of ${phrase [ "noun" "composite" ] elemType}";
        descriptionClass = "composite";
        check = isAttrs;
        merge =
          loc: defs:
          mapAttrs (
            name: named:
            let
              merged = mergeDefinitions (loc ++ [ name ]) elemType named;
            in
            merged.optionalValue.value or elemType.emptyValue.value or merged.mergedValue
          ) (byName defs);
        emptyValue.value = { };
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<name>" ]);
      };
    functionTo =
      elemType:
      around "functionTo" elemType {
        description = "function that evaluates to a(n) ${phrase [ "noun" "composite" ] elemType}";
        descriptionClass = "composite";
        check = lib.isFunction;
        merge =
          loc: defs: argument:
          (mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
            map (def: def // { value = def.value argument; }) defs
          )).mergedValue;
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      };
    uniq = unique { message = ""; };
    unique =
      { message }:
      elemType:
      around "unique" elemType {
        inherit (elemType) description descriptionClass check emptyValue getSubOptions;
        merge = mergeUniqueOption {
          inherit message;
          inherit (elemType) merge;
        };
      };
    nullOr =
      elemType:
      around "nullOr" elemType {
        description = "null or ${phrase [ "noun" "conjunction" ] elemType}";
        descriptionClass = "conjunction";
        check = x: x == null || elemType.check x;
        merge =
          loc: defs:
          let
            nulls = lib.count (def: def.value == null) defs;
          in
          if nulls == length defs then
            null
          else if nulls != 0 then
            throw "The option `${showOption loc}' is defined both null and not null, in ${showFiles (getFiles defs)}."
          else
            elemType.merge loc defs;
        emptyValue.value = null;
        inherit (elemType) getSubOptions;
      };
    either =
      left: right:
      mkOptionType {
        name = "either";
        description = "${phrase [ "noun" "conjunction" ] left} or ${
          phrase [ "noun" "conjunction" "composite" ] right
        }";
        descriptionClass = "conjunction";
        check = x: left.check x || right.check x;
        merge =
          loc: defs:
          let
            values = getValues defs;
          in
          if all left.check values then
            left.merge loc defs
          else if all right.check values then
            right.merge loc defs
          else
            mergeOneOption loc defs;
        nestedTypes = { inherit left right; };
        functor = {
          name = "either";
          payload = [
            left
            right
          ];
          merge =
            a: b:
            let
              merged = lib.zipListsWith (x: y: x.typeMerge y.functor) a b;
            in
            if elem null merged then null else either (head merged) (lib.last merged);
        };
      };
    oneOf =
      alternatives:
      if alternatives == [ ] then
        throw "List passed to types.oneOf must not be empty."
      else
        builtins.foldl' either (head alternatives) (lib.tail alternatives);
    coercedTo =
      from: coerce: to:
      mkOptionType {
        name = "coercedTo";
        description = "${phrase [ "noun" ] to} or ${phrase [ "noun" ] from} convertible to it";
        check = x: (from.check x && to.check (coerce x)) || to.check x;
        merge =
          loc: defs:
          to.merge loc (map (def: if from.check def.value then def // { value = coerce def.value; } else def) defs);
        inherit (to) emptyValue getSubOptions getSubModules;
        substSubModules = modules: coercedTo from coerce (to.substSubModules modules);
        nestedTypes = {
          coercedType = from;
          finalType = to;
        };
        typeMerge = _: null;
      };
    submodule =
      modules:
      submoduleWith {
        shorthandOnlyDefinesConfig = true;
        modules = lib.toList modules;
      };
    deferredModuleWith =
      {
        staticModules ? [ ],
      }:
      mkOptionType {
        name = "deferredModule";
        description = "module";
        descriptionClass = "noun";
        check = x: isAttrs x || lib.isFunction x || builtins.isPath x;
        merge = loc: defs: {
          imports = staticModules ++ map (def: lib.setDefaultModuleLocation "${def.file}, via option ${showOption loc}" def.value) defs;
        };
        getSubModules = staticModules;
      };
    deferredModule = deferredModuleWith { };
    addCheck = type: check: type // { check = x: type.check x && check x; };
  };
in
types
