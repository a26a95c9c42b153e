# Functions of no particular kind: composition, comparison, warnings.
{ lib }:
let
  inherit (builtins) functionArgs isFunction;

  # A function that knows its arguments' names although Nix cannot see them (it was wrapped): `setFunctionArgs`.
  isLabelled = f: builtins.isAttrs f && f ? __functor && builtins.isFunction (f.__functor f);

  hexDigits = "0123456789ABCDEF";
in
rec {
  id = x: x;
  const = x: _: x;
  pipe = builtins.foldl' (x: f: f x);
  concat = x: y: x ++ y;
  or = x: y: x || y;
  and = x: y: x && y;
  xor = x: y: x != y;
  flip = f: a: b: f b a;
  mapNullable = f: x: if x == null then null else f x;
  defaultTo = default: x: if x == null then default else x;
  min = x: y: if x < y then x else y;
  max = x: y: if x > y then x else y;
  mod = base: int: base - (int * (builtins.div base int));
  compare = a: b: if a < b then -1 else if a > b then 1 else 0;
  mergeAttrs = x: y: x // y;
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";
  inherit (builtins) seq deepSeq genericClosure isBool isInt isFloat bitAnd bitOr bitXor lessThan add sub;
  inPureEvalMode = !(builtins ? currentSystem);

  # The release that the stand-in stands in for.
  release = "26.05";
  oldestSupportedRelease = 2511;
  version = "${release}pre-lab";
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";

  isFunction = f: builtins.isFunction f || isLabelled f;
  functionArgs =
    f: if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = self: f;
    __functionArgs = args;
  };
  toFunction = v: if isFunction v then v else _: v;
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warn = message: builtins.trace "evaluation warning: ${message}";
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: warnIf (!condition);
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);
  showWarnings = warnings: value: builtins.foldl' (rest: warning: warn warning rest) value warnings;
  checkListOfEnum =
    message: valid: given:
    let
      unexpected = lib.subtractLists valid given;
    in
    throwIfNot (unexpected == [ ])
      "${message}: ${builtins.concatStringsSep ", " (map toString unexpected)} unexpected; valid ones: ${
        builtins.concatStringsSep ", " (map toString valid)
      }";

  toBaseDigits =
    base: i:
    let
      go = n: if n < base then [ n ] else [ (mod n base) ] ++ go (n / base);
    in
    lib.reverseList (go i);
  toHexString =
    i: builtins.concatStringsSep "" (map (d: builtins.substring d 1 hexDigits) (toBaseDigits 16 i));
}
