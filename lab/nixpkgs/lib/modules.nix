# The module system: many modules, each declaring options and defining values, make one configuration.
#
# A module is a set or a function to one, or a file with either. The configuration is a lazy fixed point: modules get
# the finished `config`, so that only the options that are asked for are ever evaluated.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    head
    isAttrs
    length
    mapAttrs
    ;
  inherit (lib) isFunction;
  inherit (lib.options)
    isOption
    mkOption
    showDefs
    showFiles
    showOption
    unknownModule
    ;
  properties = import ./properties.nix { inherit lib; };
  inherit (properties)
    dischargeProperties
    filterOverrides'
    mkOptionDefault
    pushDownProperties
    sortProperties
    ;
  inherit (lib) types;
  unknownOption = import ./unknown-option.nix { inherit lib; };

  moduleAttrs = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "options"
    "config"
    "meta"
    "freeformType"
  ];

  # Any form of a module -> { file, key, imports, options, config, disabled }
  unify =
    file: key: m:
    let
      # Documentation's `meta` and the short `freeformType` are definitions like any other.
      extra =
        lib.optionalAttrs (m ? meta) { inherit (m) meta; }
        // lib.optionalAttrs (m ? freeformType) { _module.freeformType = m.freeformType; };
      withExtra =
        config:
        if extra == { } then
          config
        else
          lib.mkMerge [
            config
            extra
          ];
      stray = attrNames (removeAttrs m moduleAttrs);
      full = m ? config || m ? options;
    in
    if !isAttrs m then
      throw "Module `${file}' (${key}) does not look like a module: it is a ${builtins.typeOf m}."
    else if full && stray != [ ] then
      throw "Module `${key}' has an unsupported attribute `${head stray}'. It has a top-level `config' or `options' attribute; move all other definitions (namely: ${toString stray}) into `config'."
    else
      {
        file = toString m._file or file;
        key = toString m.key or key;
        imports = m.imports or [ ] ++ m.require or [ ];
        disabled = m.disabledModules or [ ];
        options = m.options or { };
        config = withExtra (
          if full then
            m.config or { }
          else
            removeAttrs m [
              "_class"
              "_file"
              "key"
              "disabledModules"
              "require"
              "imports"
              "meta"
              "freeformType"
            ]
        );
      };

  # A module function gets what it names: from `args`, else (only when it is used) from `config._module.args`.
  applyModule =
    key: f: args:
    f (
      args
      // mapAttrs (
        name: _:
        builtins.addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          args.${name} or (builtins.addErrorContext
            "noting that argument `${name}` is not externally provided, so querying `_module.args` instead, requiring `config`"
            args.config._module.args.${name}
          )
        )
      ) (lib.functionArgs f)
    );

  load =
    args: file: key: m:
    if isFunction m then
      unify file key (applyModule key m args)
    else if isAttrs m && !lib.isStringLike m then
      if m._type or "module" == "module" then
        unify file key m
      else if m._type == "if" || m._type == "override" then
        load args file key { config = m; }
      else
        throw "Could not load a value as a module, because it is of type ${builtins.toJSON m._type}, in file ${file}."
    else if builtins.isList m then
      throw "Module imports can't be nested lists, in file ${file}. Perhaps you meant to remove one level of lists?"
    else
      let
        path = toString m;
        content = import m;
      in
      unify path path (if isFunction content then applyModule path content args else content);

  loadAll =
    args: file: key:
    lib.imap1 (
      n: m:
      let
        module = load args file "${key}:anon-${toString n}" m;
      in
      {
        inherit (module) key;
        inherit module;
      }
    );

  # All modules that are reached by imports, each once, breadth first.
  collect =
    args: modules:
    let
      reached = map (found: found.module) (
        builtins.genericClosure {
          startSet = loadAll args unknownModule "" modules;
          operator = found: loadAll args found.module.file found.module.key found.module.imports;
        }
      );
      disabled = concatMap (
        module: map (d: if isAttrs d && d ? key then d.key else disabledKey d) module.disabled
      ) reached;
      disabledKey =
        d:
        if builtins.isString d && builtins.substring 0 1 d != "/" then
          "${toString (args.modulesPath or "")}/${d}"
        else
          toString d;
    in
    if disabled == [ ] then reached else filter (module: !(elem module.key disabled)) reached;

  # The option that several declarations at one place make.
  mergeDeclarations =
    loc: declarations:
    let
      add =
        merged: declaration:
        let
          option = declaration.option;
          twice = filter (name: merged ? ${name} && option ? ${name} && name != "type") [
            "default"
            "defaultText"
            "example"
            "description"
            "apply"
          ];
          type =
            if !(option ? type) then
              merged.type or null
            else if !(merged ? type) then
              option.type
            else
              merged.type.typeMerge option.type.functor;
        in
        if twice != [ ] || (merged ? type && option ? type && type == null) then
          throw "The option `${showOption loc}' in `${declaration.file}' is already declared in ${showFiles merged.declarations}."
        else
          option
          // merged
          // {
            declarations = merged.declarations ++ [ declaration.file ];
          }
          // lib.optionalAttrs (type != null) { inherit type; };
      merged = builtins.foldl' add { declarations = [ ]; } declarations;
    in
    merged // { type = merged.type or types.unspecified; };

  evalOption =
    loc: option: defs:
    let
      allDefs =
        lib.optional (option ? default) {
          file = head option.declarations;
          value = mkOptionDefault option.default;
        }
        ++ defs;
      merged = mergeDefinitions loc option.type allDefs;
      # Conditions that do not hold define nothing.
      set = concatMap (def: map (value: { inherit (def) file; inherit value; }) (dischargeProperties def.value)) allDefs;
      checked =
        if option.readOnly or false && length set > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${
            showDefs (map (def: def // { value = stripped def.value; }) set)
          }"
        else
          merged.mergedValue;
      stripped = value: if elem (value._type or null) [ "override" "order" ] then stripped value.content else value;
    in
    option
    // {
      _type = "option";
      inherit loc;
      value = builtins.addErrorContext "while evaluating the option `${showOption loc}':" (
        if option ? apply then option.apply checked else checked
      );
      inherit (merged) isDefined;
      inherit (merged.overridden) highestPrio;
      definitions = map (def: def.value) merged.final;
      definitionsWithLocations = merged.final;
      files = map (def: def.file) merged.final;
      __toString = _: showOption loc;
    };

  # Definitions ([ { file; value; } ], with properties) of one option or of one element of it -> their value.
  mergeDefinitions =
    loc: type: defs:
    rec {
      discharged = concatMap (
        def:
        map
          (value: if value._type or null == "definition" then { inherit (value) file value; } else { inherit (def) file; inherit value; })
          (builtins.addErrorContext "while evaluating definitions from `${def.file}':" (dischargeProperties def.value))
      ) defs;
      overridden = filterOverrides' discharged;
      final = sortProperties overridden.values;
      isDefined = final != [ ];
      wrong = filter (def: !type.check def.value) final;
      mergedValue =
        if !isDefined && type.emptyValue ? value then
          type.emptyValue.value
        else if !isDefined then
          throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option."
        else if wrong != [ ] then
          throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs wrong}"
        else
          type.merge loc final;
      optionalValue = lib.optionalAttrs isDefined { value = mergedValue; };
    };

  # Declarations ([ { file; options; } ]) and definitions ([ { file; value; } ]) below one place of the tree
  # -> { options; unmatched }: the options with their values, and the definitions that no option is declared for.
  mergeTree =
    loc: declarations: definitions:
    let
      declared = builtins.zipAttrsWith (_: values: values) (
        map (
          declaration:
          mapAttrs (_: options: {
            inherit (declaration) file;
            inherit options;
          }) declaration.options
        ) declarations
      );
      sets = concatMap (
        def:
        map (value: {
          inherit (def) file;
          inherit value;
        }) (pushDownProperties def.value)
      ) definitions;
      defined = builtins.zipAttrsWith (_: values: values) (
        map (
          def:
          if isAttrs def.value then
            mapAttrs (_: value: {
              inherit (def) file;
              inherit value;
            }) def.value
          else
            throw "You're trying to define a value of type `${builtins.typeOf def.value}' rather than an attribute set for the option `${showOption loc}'! It is set in `${def.file}'; options with this prefix are: ${
              toString (map (name: showOption (loc ++ [ name ])) (attrNames declared))
            }"
        ) sets
      );

      branches = mapAttrs (
        name: here:
        let
          place = loc ++ [ name ];
          leaves = filter (d: isOption d.options) here;
          inner = filter (d: !isOption d.options) here;
          option = mergeDeclarations place (
            map (d: {
              inherit (d) file;
              option = d.options;
            }) leaves
          );
        in
        if leaves == [ ] then
          mergeTree place (
            map (
              d:
              if isAttrs d.options && !(d.options ? _type) then
                d
              else
                throw "Expected an option declaration at option path `${showOption place}' but got ${
                  if isAttrs d.options then "an attribute set with type ${d.options._type}" else "a value of type ${builtins.typeOf d.options}"
                }, in `${d.file}'."
            ) inner
          ) (defined.${name} or [ ])
        else if inner == [ ] then
          {
            options = evalOption place option (defined.${name} or [ ]);
            unmatched = [ ];
          }
        else if option.type.getSubModules or null != null then
          # Options below an option of type submodule extend it.
          {
            options = evalOption place (
              option
              // {
                type = option.type.substSubModules (
                  option.type.getSubModules
                  ++ map (d: {
                    _file = d.file;
                    inherit (d) options;
                  }) inner
                );
              }
            ) (defined.${name} or [ ]);
            unmatched = [ ];
          }
        else
          throw "The option `${showOption place}' in `${(head leaves).file}' is a prefix of options in `${(head inner).file}'."
      ) declared;

      stray = lib.filterAttrs (name: _: !(declared ? ${name})) defined;
    in
    {
      options = mapAttrs (_: branch: branch.options) branches;
      unmatched =
        concatMap (branch: branch.unmatched) (builtins.attrValues branches)
        ++ concatMap (
          name:
          map (def: {
            inherit (def) file;
            prefix = loc ++ [ name ];
            inherit (def) value;
          }) stray.${name}
        ) (attrNames stray);
    };

  # Options of the module system itself.
  internals = specialArgs: extendModules: prefix: {
    _file = "lib/modules.nix";
    key = "lib/modules.nix";
    options._module = {
      args = mkOption {
        type = types.lazyAttrsOf types.raw;
        internal = true;
        description = "Further arguments that modules can ask for.";
      };
      check = mkOption {
        type = types.bool;
        default = true;
        internal = true;
        description = "Whether a definition without a declared option is an error.";
      };
      freeformType = mkOption {
        type = types.nullOr types.optionType;
        default = null;
        internal = true;
        description = "Type of all definitions that no option is declared for.";
      };
      specialArgs = mkOption {
        readOnly = true;
        internal = true;
        description = "The `specialArgs' of this evaluation.";
      };
    };
    config._module = {
      args = {
        inherit extendModules;
        moduleType = types.submoduleWith {
          modules = [ ];
          inherit specialArgs;
        };
      };
      inherit specialArgs;
    };
  };

  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
    }@given:
    let
      args = {
        inherit
          lib
          config
          options
          specialArgs
          ;
        _class = class;
        _prefix = prefix;
      }
      // specialArgs;

      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? given.prefix or [ ],
        }:
        evalModules (
          given
          // {
            modules = given.modules ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
            inherit prefix;
          }
        );

      # Reversed: a module's imports come before it in lists and lines.
      all = lib.reverseList (collect args (modules ++ [ (internals specialArgs extendModules prefix) ]));
      tree = mergeTree prefix (map (m: { inherit (m) file options; }) all) (
        map (m: {
          inherit (m) file;
          value = m.config;
        }) all
      );
      options = tree.options;

      declared = lib.mapAttrsRecursiveCond (value: !isOption value) (_: option: option.value) options;
      freeformType = declared._module.freeformType;
      free = freeformType.merge prefix (
        map (def: {
          inherit (def) file;
          value = lib.setAttrByPath (lib.drop (length prefix) def.prefix) def.value;
        }) tree.unmatched
      );
      config =
        if freeformType == null || tree.unmatched == [ ] then declared else lib.recursiveUpdate free declared;

      checked =
        if declared._module.check && freeformType == null && tree.unmatched != [ ] then
          throw (
            let
              first = head tree.unmatched;
            in
            "The option `${showOption first.prefix}' does not exist. Definition values:${
              showDefs [ first ]
            }${
              unknownOption {
                inherit options prefix;
                path = first.prefix;
              }
            }"
          )
        else
          config;
    in
    {
      _type = "configuration";
      inherit options class extendModules;
      config = removeAttrs checked [ "_module" ];
      _module = checked._module;
      # For descriptions of types: no definition is looked at.
      _freeformType = freeformType;
      type = types.submoduleWith { inherit modules specialArgs class; };
    };

  # Definitions of one option handed on to another: each still of its file, each worth what it was.
  forward =
    wrap: option:
    lib.mkIf option.isDefined (
      wrap (
        lib.mkMerge (
          map (
            def:
            lib.mkDefinition {
              inherit (def) file;
              value = lib.mkOverride option.highestPrio def.value;
            }
          ) option.definitionsWithLocations
        )
      )
    );

  mkAliasAndWrapDefinitions =
    wrap: option: lib.mkIf option.isDefined (wrap (lib.mkMerge option.definitions));

  renamed =
    {
      from,
      to,
      visible,
      warn,
      use,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOption = lib.getAttrFromPath from options;
      # Where nobody declares warnings, nobody would show them.
      warning = lib.optional (
        warn && fromOption.isDefined
      ) "The option `${showOption from}' defined in ${showFiles fromOption.files} has been renamed to `${showOption to}'.";
      toOption = lib.attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.") options;
      toValue = lib.attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.") config;
    in
    {
      options = lib.setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = _: use toValue;
        }
        // lib.optionalAttrs (toOption ? type) { inherit (toOption) type; }
      );
      config = lib.mkIf condition (
        lib.mkMerge [
          (lib.optionalAttrs (options ? warnings) { warnings = warning; })
          (forward (lib.setAttrByPath to) fromOption)
        ]
      );
    };
in
{
  inherit evalModules mergeDefinitions;
  inherit (properties)
    mkIf
    mkMerge
    mkOverride
    mkOrder
    mkDefault
    mkForce
    mkOptionDefault
    mkImageMediaOverride
    mkVMOverride
    mkBefore
    mkAfter
    mkAssert
    mkDefinition
    defaultOverridePriority
    defaultOrderPriority
    dischargeProperties
    pushDownProperties
    filterOverrides
    filterOverrides'
    sortProperties
    ;

  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };
  importApply = file: arguments: {
    _file = toString file;
    imports = [ (import file arguments) ];
  };

  mkRenamedOptionModule =
    from: to:
    renamed {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    renamed {
      inherit from to;
      visible = false;
      warn = lib.trivial.oldestSupportedRelease >= sinceRelease;
      use = lib.id;
    };
  mkAliasOptionModule =
    from: to:
    renamed {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };
  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    let
      option = lib.getAttrFromPath path options;
    in
    {
      options = lib.setAttrByPath path (mkOption {
        visible = false;
        apply =
          _: throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });
      config.assertions = [
        {
          assertion = !option.isDefined;
          message = "The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.\n${instructions}\n";
        }
      ];
    };
  mkChangedOptionModule =
    from: to: change:
    { config, options, ... }:
    let
      fromOption = lib.getAttrFromPath from options;
    in
    {
      options = lib.setAttrByPath from (mkOption {
        visible = false;
        type = types.unspecified;
      });
      config = lib.mkIf fromOption.isDefined (
        lib.mkMerge [
          {
            warnings = [
              "The option `${showOption from}' defined in ${showFiles fromOption.files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly."
            ];
          }
          (lib.setAttrByPath to (lib.mkOverride fromOption.highestPrio (change config)))
        ]
      );
    };
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  inherit mkAliasAndWrapDefinitions;
  mkAliasAndWrapDefsWithPriority = forward;
  mkDerivedConfig = option: f: lib.mkIf option.isDefined (lib.mkOverride option.highestPrio (f option.value));
}
