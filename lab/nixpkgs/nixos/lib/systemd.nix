# Units: the options of systemd.services and its sisters, and how they become unit files (upstream:
# nixos/lib/systemd-unit-options.nix, systemd-types.nix and systemd-lib.nix). The X-… keys are read by
# switch-to-configuration.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;

  # One value, or a list of values that several modules may add to.
  unitOption = lib.mkOptionType {
    name = "systemd option";
    description = "systemd option";
    merge =
      loc: defs:
      if lib.any (def: builtins.isList def.value) defs then
        lib.concatMap (def: if builtins.isList def.value then def.value else [ def.value ]) defs
      else
        lib.mergeEqualOption loc defs;
  };
  settings = mkOption {
    type = types.attrsOf unitOption;
    default = { };
  };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  names = mkOption {
    type = types.listOf (
      types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
    );
    default = [ ];
  };
  script = mkOption {
    type = types.lines;
    default = "";
  };
  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
    };

  commonOptions = {
    enable = flag true;
    description = mkOption {
      type = types.singleLineStr;
      default = "";
    };
    documentation = strings;
    unitConfig = settings;
    after = names;
    before = names;
    requires = names;
    requisite = names;
    wants = names;
    bindsTo = names;
    partOf = names;
    upholds = names;
    conflicts = names;
    onFailure = names;
    onSuccess = names;
    wantedBy = names;
    requiredBy = names;
    upheldBy = names;
    aliases = names;
    restartTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
    };
    reloadTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
    };
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
    };
  };

  serviceOptions = commonOptions // {
    environment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
    };
    path = mkOption {
      type = types.listOf (types.oneOf [ types.package types.str ]);
      default = [ ];
    };
    serviceConfig = settings;
    script = script;
    preStart = script;
    postStart = script;
    preStop = script;
    postStop = script;
    reload = script;
    scriptArgs = mkOption {
      type = types.str;
      default = "";
    };
    restartIfChanged = flag true;
    reloadIfChanged = flag false;
    stopIfChanged = flag true;
    startAt = mkOption {
      type = types.either types.str (types.listOf types.str);
      default = [ ];
    };
  };

  typedOptions = {
    service = serviceOptions;
    target = commonOptions;
    slice = commonOptions // { sliceConfig = settings; };
    timer = commonOptions // { timerConfig = settings; };
    path = commonOptions // { pathConfig = settings; };
    socket = commonOptions // {
      socketConfig = settings;
      listenStreams = strings;
      listenDatagrams = strings;
    };
    mount = commonOptions // {
      mountConfig = settings;
      what = mkOption { type = types.str; };
      where = mkOption { type = types.str; };
      type = mkOption {
        type = types.str;
        default = "";
      };
      options = mkOption {
        type = types.commas;
        default = "";
      };
    };
  };

  value = v: if v == true then "true" else if v == false then "false" else toString v;
  # { Key = v; } as lines; a list becomes one line for each element, null none.
  lines =
    section:
    lib.concatStrings (
      lib.mapAttrsToList (
        key: v:
        if v == null then
          ""
        else if builtins.isList v then
          lib.concatMapStrings (element: "${key}=${value element}\n") v
        else
          "${key}=${value v}\n"
      ) section
    );
  joined = list: if list == [ ] then null else lib.concatStringsSep " " list;

  unitSection =
    unit:
    {
      Description = if unit.description == "" then null else unit.description;
      Documentation = joined unit.documentation;
      After = joined unit.after;
      Before = joined unit.before;
      Requires = joined unit.requires;
      Requisite = joined unit.requisite;
      Wants = joined unit.wants;
      BindsTo = joined unit.bindsTo;
      PartOf = joined unit.partOf;
      Upholds = joined unit.upholds;
      Conflicts = joined unit.conflicts;
      OnFailure = joined unit.onFailure;
      OnSuccess = joined unit.onSuccess;
      StartLimitBurst = unit.startLimitBurst;
      StartLimitIntervalSec = unit.startLimitIntervalSec;
      X-Restart-Triggers = joined (map toString unit.restartTriggers);
      X-Reload-Triggers = joined (map toString unit.reloadTriggers);
    }
    // unit.unitConfig;

  defaultPath = [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused pkgs.systemd ];

  serviceSection =
    name: unit:
    let
      safe = builtins.replaceStrings [ "@" "\\" ":" ] [ "_" "_" "_" ] name;
      job = suffix: text: "${pkgs.writeShellScript "unit-script-${safe}-${suffix}" "set -e\n${text}"}";
      list = v: if builtins.isList v then v else [ v ];
      config = unit.serviceConfig;
      add = key: suffix: text: lib.optionalAttrs (text != "") {
        ${key} = list (config.${key} or [ ]) ++ [ (job suffix text) ];
      };
      path = unit.path ++ defaultPath;
      environment = {
        PATH = lib.concatStringsSep ":" (map (p: "${p}/bin") path ++ map (p: "${p}/sbin") path);
      }
      // unit.environment;
    in
    {
      # Quoted as systemd reads it.
      Environment = map (key: builtins.toJSON "${key}=${toString environment.${key}}") (
        builtins.attrNames (lib.filterAttrs (_: v: v != null) environment)
      );
      X-ReloadIfChanged = if unit.reloadIfChanged then true else null;
      X-RestartIfChanged = if !unit.reloadIfChanged && !unit.restartIfChanged then false else null;
      X-StopIfChanged = if !unit.reloadIfChanged && unit.restartIfChanged && !unit.stopIfChanged then false else null;
    }
    // config
    // lib.optionalAttrs (unit.script != "") {
      ExecStart = job "start" unit.script + lib.optionalString (unit.scriptArgs != "") " ${unit.scriptArgs}";
    }
    // add "ExecStartPre" "pre-start" unit.preStart
    // add "ExecStartPost" "post-start" unit.postStart
    // add "ExecStop" "pre-stop" unit.preStop
    // add "ExecStopPost" "post-stop" unit.postStop
    // lib.optionalAttrs (unit.reload != "") { ExecReload = job "reload" unit.reload; };

  sections = {
    service = name: unit: "\n[Service]\n${lines (serviceSection name unit)}";
    target = _: _: "";
    slice = _: unit: "\n[Slice]\n${lines unit.sliceConfig}";
    timer = _: unit: "\n[Timer]\n${lines unit.timerConfig}";
    path = _: unit: "\n[Path]\n${lines unit.pathConfig}";
    socket =
      _: unit:
      "\n[Socket]\n${lines ({ ListenStream = unit.listenStreams; ListenDatagram = unit.listenDatagrams; } // unit.socketConfig)}";
    mount =
      _: unit:
      "\n[Mount]\n${lines ({ What = unit.what; Where = unit.where; Type = if unit.type == "" then null else unit.type; Options = if unit.options == "" then null else unit.options; } // unit.mountConfig)}";
  };

  render = kind: name: unit: "[Unit]\n${lines (unitSection unit)}${sections.${kind} name unit}";
in
{
  inherit unitOption lines;

  unitsOf =
    kind:
    mkOption {
      type = types.attrsOf (types.submodule { options = typedOptions.${kind}; });
      default = { };
    };

  # kind, { <name> = unit; } -> [ { name; text (null: masked); wantedBy; requiredBy; aliases; } ]
  rendered =
    kind: units:
    lib.mapAttrsToList (name: unit: {
      name = "${name}.${kind}";
      text = if unit.enable then render kind name unit else null;
      wantedBy = lib.optionals unit.enable unit.wantedBy;
      requiredBy = lib.optionals unit.enable unit.requiredBy;
      inherit (unit) aliases;
    }) units;

  # The folder etc/systemd/system: rendered units, and links to those of systemd itself.
  unitFolder =
    { units, upstream, upstreamWants }:
    pkgs.runCommand "system-units" { } ''
      mkdir -p $out
      cd $out
      ln -s ${lib.concatMapStringsSep " " (name: "/usr/lib/systemd/system/${name}") upstream} .
      ln -s multi-user.target default.target
      mkdir -p ${lib.concatStringsSep " " (
        lib.unique (
          lib.concatMap (unit: map (t: pkgs.quote "${t}.wants") unit.wantedBy ++ map (t: pkgs.quote "${t}.requires") unit.requiredBy) units
          ++ map (pair: "${pair.target}.wants") upstreamWants
        )
      )}
      ${lib.concatMapStrings (pair: "ln -s ../${pair.unit} ${pair.target}.wants/\n") upstreamWants}
      ${lib.concatMapStrings (
        unit:
        let
          file = pkgs.quote unit.name;
        in
        (
          if unit.text == null then
            "ln -sf /dev/null ${file}\n"
          # "If a unit with the same name exists in systemd.packages or the upstream units, create a drop-in": the
          # default of overrideStrategy, asDropinIfExists.
          else if lib.elem unit.name upstream then
            "mkdir ${file}.d\nprintf %s ${pkgs.quote unit.text} > ${file}.d/overrides.conf\n"
          else
            "printf %s ${pkgs.quote unit.text} > ${file}\n"
        )
        + lib.concatMapStrings (t: "ln -sf ../${unit.name} ${pkgs.quote "${t}.wants/"}\n") unit.wantedBy
        + lib.concatMapStrings (t: "ln -sf ../${unit.name} ${pkgs.quote "${t}.requires/"}\n") unit.requiredBy
        + lib.concatMapStrings (alias: "ln -s ${file} ${pkgs.quote alias}\n") unit.aliases
      ) units}
    '';
}
