# Lists.
{ lib }:
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;
  singleton = x: [ x ];
  forEach = xs: f: map f xs;
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: xs: if condition then xs else [ ];
  foldr =
    op: nul: xs:
    let
      n = length xs;
      go = i: if i == n then nul else op (elemAt xs i) (go (i + 1));
    in
    go 0;
  foldl =
    op: nul: xs:
    let
      go = i: if i == -1 then nul else op (go (i - 1)) (elemAt xs i);
    in
    go (length xs - 1);
  imap0 = f: xs: genList (i: f i (elemAt xs i)) (length xs);
  imap1 = f: xs: genList (i: f (i + 1) (elemAt xs i)) (length xs);
  ifilter0 = p: xs: map (i: elemAt xs i) (filter (i: p i (elemAt xs i)) (range 0 (length xs - 1)));
  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);
  replicate = n: x: genList (_: x) n;
  reverseList = xs: genList (i: elemAt xs (length xs - i - 1)) (length xs);
  last =
    xs:
    assert lib.assertMsg (xs != [ ]) "lists.last: list must not be empty!";
    elemAt xs (length xs - 1);
  init =
    xs:
    assert lib.assertMsg (xs != [ ]) "lists.init: list must not be empty!";
    genList (elemAt xs) (length xs - 1);
  sublist =
    start: count: xs:
    let
      available = length xs - start;
      n =
        if available <= 0 then
          0
        else if count > available then
          available
        else
          count;
    in
    genList (i: elemAt xs (start + i)) n;
  take = n: sublist 0 n;
  drop = n: xs: sublist n (length xs) xs;
  takeEnd = n: xs: drop (lib.max 0 (length xs - n)) xs;
  dropEnd = n: xs: take (lib.max 0 (length xs - n)) xs;
  flatten = x: if isList x then concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  count = p: foldl' (n: x: if p x then n + 1 else n) 0;
  unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  uniqueStrings = xs: builtins.attrNames (builtins.groupBy lib.id xs);
  allUnique = xs: length (unique xs) == length xs;
  subtractLists = unwanted: filter (x: !(elem x unwanted));
  intersectLists = wanted: filter (x: elem x wanted);
  mutuallyExclusive = a: b: !(any (x: elem x b) a);
  findFirstIndex =
    p: default: xs:
    let
      n = length xs;
      go =
        i:
        if i == n then
          default
        else if p (elemAt xs i) then
          i
        else
          go (i + 1);
    in
    go 0;
  findFirst =
    p: default: xs:
    let
      i = findFirstIndex p null xs;
    in
    if i == null then default else elemAt xs i;
  findSingle =
    p: none: multiple: xs:
    let
      found = filter p xs;
    in
    if found == [ ] then
      none
    else if length found > 1 then
      multiple
    else
      head found;
  hasPrefix = prefix: xs: take (length prefix) xs == prefix;
  zipListsWith =
    f: a: b:
    genList (i: f (elemAt a i) (elemAt b i)) (lib.min (length a) (length b));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  sortOn =
    key: xs:
    map (pair: pair.value) (
      sort (a: b: a.key < b.key) (
        map (value: {
          inherit value;
          key = key value;
        }) xs
      )
    );
  concatAttrValues = attrs: concatLists (builtins.attrValues attrs);
}
