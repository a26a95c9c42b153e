# What nixpkgs calls trivial builders. Every derivation is one run of /bin/sh with the tools of the box that
# evaluates: no sandbox, no stdenv, nothing downloaded.
{ lib, system }:
let
  # A script too long for a process's environment is handed over as a file.
  run =
    name: environment: script:
    derivation (
      {
        inherit name system;
        builder = "/bin/sh";
        args = [ "-c" ''set -e; . "$buildScriptPath"'' ];
        PATH = "/usr/bin:/bin";
        preferLocalBuild = true;
        allowSubstitutes = false;
        buildScript = script;
      }
      // environment
      // {
        passAsFile = [ "buildScript" ] ++ environment.passAsFile or [ ];
      }
    );

  quote = text: "'" + builtins.replaceStrings [ "'" ] [ "'\\''" ] text + "'";

  # Text that mentions no other store path needs no build: it is written while evaluating, which is far quicker.
  plainFile = name: text: {
    type = "derivation";
    inherit name system;
    outPath = builtins.toFile name text;
  };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      ...
    }:
    if !executable && destination == "" && !(builtins.hasContext text) then
      plainFile name text
    else
      run name { } ''
        target="$out"${quote destination}
        ${if destination == "" then "" else ''mkdir -p "''${target%/*}"''}
        printf %s ${quote text} > "$target"
        ${if executable then ''chmod +x "$target"'' else ""}
      '';

  bash = "${bashPackage}/bin/bash";
  bashPackage = run "bash-interactive-lab" { } ''
    mkdir -p $out/bin
    ln -s /usr/bin/bash $out/bin/bash
    ln -s bash $out/bin/sh
  '';
in
rec {
  inherit quote bashPackage writeTextFile;

  runCommand = name: environment: script: run name environment script;
  runCommandLocal = runCommand;

  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text: writeTextFile { name = baseNameOf path; inherit text; destination = "/${path}"; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };
  writeShellScript = name: text: writeScript name "#! ${bash}\n${text}";
  writeShellScriptBin = name: text: writeScriptBin name "#! ${bash}\n${text}";
  writeShellApplication =
    { name, text, runtimeInputs ? [ ], ... }:
    writeShellScriptBin name ''
      set -o errexit -o nounset -o pipefail
      export PATH="${lib.makeBinPath runtimeInputs}:$PATH"
      ${text}
    '';

  # A tree of links: { "bin/x" = target; } or [ { name; path; } ].
  linkFarm =
    name: entries:
    let
      list = if builtins.isList entries then entries else lib.mapAttrsToList (name: path: { inherit name path; }) entries;
      folders = lib.unique (map (entry: dirOf entry.name) list);
    in
    run name { } ''
      mkdir -p $out
      cd $out
      mkdir -p ${lib.concatMapStringsSep " " quote folders}
      ${lib.concatMapStrings (entry: "ln -s ${entry.path} ${quote entry.name}\n") list}
    '';

  # Every file of the paths' folders named in pathsToLink, as links in one tree; the first of two equal names wins.
  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      postBuild ? "",
      ...
    }:
    run name { } ''
      mkdir -p $out
      for path in ${lib.concatStringsSep " " (map toString paths)}; do
        for folder in ${lib.concatMapStringsSep " " quote pathsToLink}; do
          [ -d "$path$folder" ] || continue
          if [ "$folder" = / ]; then cp -rsn "$path/." $out/
          else mkdir -p "$out$folder"; cp -rsn "$path$folder/." "$out$folder/"; fi
        done
      done
      ${postBuild}
    '';
  symlinkJoin = { name, paths, postBuild ? "", ... }: buildEnv { inherit name paths postBuild; };

  # A package whose programs are links to what the machine has.
  linked =
    { name, version ? "lab", programs, folder ? "/usr/bin", passthru ? { } }:
    run "${name}-${version}" { } ''
      mkdir -p $out/bin
      ${lib.concatStringsSep "\n" (
        map (program: if lib.hasPrefix "/" program then "ln -s ${program} $out/bin/" else "ln -s ${folder}/${program} $out/bin/") programs
      )}
    ''
    // { inherit version; pname = name; meta.mainProgram = builtins.head programs; } // passthru;
}
