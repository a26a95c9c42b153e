# What sshd makes of its configuration for one user, as far as that can be told beforehand (sshd_config(5)). NixOS writes
# `settings` first and `extraConfig` after them; keywords are the same in capitals and in small letters; of most keywords
# the first value counts, and those of a Match block that applies count before all others.
#
#   first KEYWORD   { value, option, line } of the value that counts; null where there is none
#   all KEYWORD     the same of each value, for keywords that may be given several times; those of blocks replace the rest
#   always KEYWORD  the same of each value outside of blocks: ports and addresses
#
#   option          path of the NixOS option that says it
#   line            as it stands in that option, for messages
#
# A block that asks for more than user, group and port is left out: who will come from where is not known here.
{
  lib,
  settings,
  extraConfig,
  user,
  groups,
}:
let
  inherit (builtins)
    concatLists
    elem
    elemAt
    filter
    head
    isBool
    isList
    isString
    length
    match
    tail
    ;
  inherit (lib) toLower;

  words = text: filter (word: isString word && word != "") (builtins.split "[[:space:]]+" text);

  # "root", "r*", "ro?t"
  matches =
    pattern: text:
    match (builtins.replaceStrings [ "\\*" "\\?" ] [ ".*" "." ] (lib.escapeRegex pattern)) text != null;
  # "a,b,!c": a match after an exclamation mark is a refusal.
  matchesList =
    patterns: text:
    let
      list = lib.splitString "," patterns;
      negated = filter (lib.hasPrefix "!") list;
    in
    !(lib.any (pattern: matches (lib.removePrefix "!" pattern) text) negated)
    && lib.any (pattern: matches pattern text) (lib.subtractLists negated list);

  shown =
    value:
    if isBool value then
      (if value then "yes" else "no")
    else if isList value then
      lib.concatMapStringsSep " " toString value
    else
      toString value;

  fromSettings = lib.mapAttrsToList (name: value: {
    keyword = toLower name;
    value = shown value;
    option = [
      "services"
      "openssh"
      "settings"
      name
    ];
    line = null;
  }) (lib.filterAttrs (_: value: value != null) settings);

  parsed = concatLists (
    map (
      text:
      let
        found = match "[[:space:]]*([A-Za-z]+)([[:space:]]*=[[:space:]]*|[[:space:]]+)([^#]*)(#.*)?" text;
        value = lib.concatStringsSep " " (words (builtins.replaceStrings [ "\"" ] [ "" ] (elemAt found 2)));
      in
      if found == null then
        [ ]
      else
        [
          {
            keyword = toLower (head found);
            inherit value;
            option = [
              "services"
              "openssh"
              "extraConfig"
            ];
            line = "${head found} ${value}";
          }
        ]
    ) (lib.splitString "\n" extraConfig)
  );

  # true, false, or null for what cannot be told.
  applies =
    criteria:
    let
      name = toLower (head criteria);
      argument = elemAt criteria 1;
      this =
        if name == "user" then
          matchesList argument user
        else if name == "group" then
          lib.any (matchesList argument) groups
        else if name == "localport" then
          matchesList argument "22"
        else
          null;
      rest = applies (tail (tail criteria));
    in
    if criteria == [ ] then
      true
    else if name == "all" then
      applies (tail criteria)
    else if name == "invalid-user" then
      false
    else if length criteria < 2 then
      null
    else if this == false || rest == false then
      false
    else if this == null || rest == null then
      null
    else
      true;

  # A Match block goes to the next one, or to the end.
  sorted =
    builtins.foldl'
      (
        { block, global, matching }:
        line:
        if line.keyword == "match" then
          {
            inherit global matching;
            block = {
              counts = applies (words (builtins.replaceStrings [ "=" ] [ " " ] line.value)) == true;
              inherit (line) line;
            };
          }
        else if block == null then
          {
            inherit block matching;
            global = global ++ [ line ];
          }
        else
          {
            inherit block global;
            matching = matching ++ lib.optional block.counts (line // { line = "${block.line}: ${line.line}"; });
          }
      )
      {
        block = null;
        global = [ ];
        matching = [ ];
      }
      parsed;
  everywhere = fromSettings ++ sorted.global;
  named = keyword: filter (line: line.keyword == keyword);
in
rec {
  first = keyword: lib.findFirst (line: line.keyword == keyword) null (sorted.matching ++ everywhere);
  all =
    keyword:
    let
      inBlocks = named keyword sorted.matching;
    in
    if inBlocks != [ ] then inBlocks else named keyword everywhere;
  always = keyword: named keyword everywhere;
  inherit matches words;
}
