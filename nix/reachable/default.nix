# "Will I still get in?" What a user's module may have changed so that kluster, or anybody, no longer reaches the machine, or
# so that it no longer boots, is refused by the evaluation: before anything is built, copied or activated. Each refusal
# names the option, what it is, the files that say so and what is needed.
#
# Each of the files here gives a list of faults:
#
#   path    of the option
#   value   what it is; the option's value where left out
#   is      what is wrong with it, in words in place of the value
#   need    why, and what to do
{
  config,
  options,
  lib,
  kluster,
  ...
}@args:
let
  inherit (builtins) head isAttrs tail toString;
  inherit (kluster) cluster machine;

  ssh = import ./ssh.nix {
    inherit
      lib
      config
      machine
      cluster
      ;
  };
  faults =
    ssh
    ++ map replaced (
      lib.filter (name: saying [ "environment" "etc" name ] != [ ]) [
        "ssh/sshd_config"
        "ssh/authorized_keys.d/root"
      ]
    )
    ++ import ./network.nix { inherit lib config machine; }
    ++ import ./firewall.nix {
      inherit
        lib
        config
        machine
        cluster
        ;
      # It is open where SSH is, and that has been said.
      isElsewhere = lib.any (fault: lib.last fault.path == "ports") ssh;
    }
    ++ import ./boot.nix { inherit lib config machine; };

  # The option that a path leads to, and what of the path goes on into its value.
  optionAt =
    at: path:
    if lib.isOption at then
      {
        option = at;
        rest = path;
      }
    else if path == [ ] || !(at ? ${head path}) then
      null
    else
      optionAt at.${head path} (tail path);
  # What a definition says of it may be a function or behind a priority: then it is not looked into.
  defines =
    path: value: path == [ ] || !(isAttrs value) || value ? _type || (value ? ${head path} && defines (tail path) value.${head path});
  # The user's files among those of definitions: neither kluster's own nor NixOS's.
  theirs =
    definitions:
    lib.filter (file: isNot ./.. file && isNot (args.modulesPath or "/var/empty") file) (
      lib.unique (map (definition: toString definition.file) definitions)
    );
  isNot = folder: file: !(lib.hasPrefix "${toString folder}/" file);
  # Those that say something of it.
  saying =
    path:
    let
      found = optionAt options path;
    in
    if found == null then
      [ ]
    else
      theirs (lib.filter (definition: defines found.rest definition.value) found.option.definitionsWithLocations);
  # What is missing is said by those that say something else.
  filesOf =
    path:
    let
      found = optionAt options path;
    in
    if found == null then
      [ ]
    else if saying path != [ ] then
      saying path
    else
      theirs found.option.definitionsWithLocations;

  # A file of SSH's that is put in the place of the one that NixOS makes.
  replaced = name: {
    path = [
      "environment"
      "etc"
      name
    ];
    is = "is a file of its own";
    need = "NixOS makes it, and then it is known who gets in: use services.openssh and users.users.root.openssh instead";
  };

  message =
    {
      path,
      need,
      value ? lib.attrByPath path null config,
      is ? "is ${lib.generators.toPretty { multiline = false; } value}",
    }:
    let
      files = filesOf path;
      where = lib.optionalString (files != [ ]) " (${lib.concatStringsSep ", " files})";
    in
    "kluster: ${lib.showOption path} of ${machine.name} ${is}${where}. ${need}.";
in
{
  assertions = map (fault: {
    assertion = false;
    message = message fault;
  }) faults;
}
