lib: {
  "flatten unpacks lists in lists" = { it = lib.flatten [ 1 [ 2 [ 3 ] ] [ ] 4 ]; is = [ 1 2 3 4 ]; };
  "unique keeps the first of equals" = { it = lib.unique [ 3 1 3 2 1 ]; is = [ 3 1 2 ]; };
  "foldl' goes from the left" = { it = lib.foldl' (a: b: a + b) "" [ "a" "b" "c" ]; is = "abc"; };
  "foldr goes from the right" = { it = lib.foldr (a: b: a + b) "!" [ "a" "b" ]; is = "ab!"; };
  "foldl keeps its order" = { it = lib.foldl (a: b: a + b) "!" [ "a" "b" ]; is = "!ab"; };
  "imap0 and imap1 count" = {
    it = [ (lib.imap0 (i: v: "${toString i}${v}") [ "a" "b" ]) (lib.imap1 (i: v: "${toString i}${v}") [ "a" "b" ]) ];
    is = [ [ "0a" "1b" ] [ "1a" "2b" ] ];
  };
  "last and init share a list" = { it = [ (lib.last [ 1 2 3 ]) (lib.init [ 1 2 3 ]) ]; is = [ 3 [ 1 2 ] ]; };
  "last of nothing is an error" = { it = lib.last [ ]; fails = "must not be empty"; };
  "init of nothing is an error" = { it = lib.init [ ]; fails = "must not be empty"; };
  "take, drop and sublist stay within the list" = {
    it = [ (lib.take 5 [ 1 2 ]) (lib.drop 5 [ 1 2 ]) (lib.take 1 [ 1 2 ]) (lib.drop 1 [ 1 2 ]) (lib.sublist 1 2 [ 1 2 3 4 ]) ];
    is = [ [ 1 2 ] [ ] [ 1 ] [ 2 ] [ 2 3 ] ];
  };
  "range may be empty" = { it = [ (lib.range 1 3) (lib.range 3 1) ]; is = [ [ 1 2 3 ] [ ] ]; };
  "optional and optionals depend on a condition" = {
    it = [ (lib.optional true 1) (lib.optional false 1) (lib.optionals true [ 1 ]) (lib.optionals false [ 1 ]) ];
    is = [ [ 1 ] [ ] [ 1 ] [ ] ];
  };
  "subtractLists, intersectLists and remove" = {
    it = [ (lib.subtractLists [ 1 2 ] [ 1 3 ]) (lib.intersectLists [ 1 2 ] [ 2 3 ]) (lib.remove 1 [ 1 2 1 ]) ];
    is = [ [ 3 ] [ 2 ] [ 2 ] ];
  };
  "findFirst falls back" = { it = [ (lib.findFirst (x: x > 1) 0 [ 1 2 3 ]) (lib.findFirst (x: x > 9) 0 [ 1 ]) ]; is = [ 2 0 ]; };
  "findSingle tells none, one and several apart" = {
    it = map (lib.findSingle (x: x == 3) "none" "several") [ [ 1 ] [ 1 3 ] [ 3 3 ] ];
    is = [ "none" 3 "several" ];
  };
  "count, partition and sort" = {
    it = [ (lib.count (x: x > 1) [ 1 2 3 ]) (lib.partition (x: x > 1) [ 1 2 ]).wrong (lib.sort (a: b: a < b) [ 3 1 2 ]) ];
    is = [ 2 [ 1 ] [ 1 2 3 ] ];
  };
  "sortOn sorts by a key" = { it = lib.sortOn (s: lib.stringLength s) [ "aaa" "b" "cc" ]; is = [ "b" "cc" "aaa" ]; };
  "zipLists ends with the shorter" = { it = lib.zipListsWith (a: b: a + b) [ 1 2 3 ] [ 10 20 ]; is = [ 11 22 ]; };
  "toList leaves a list alone" = { it = [ (lib.toList 1) (lib.toList [ 1 ]) ]; is = [ [ 1 ] [ 1 ] ]; };
  "reverseList, singleton and forEach" = {
    it = [ (lib.reverseList [ 1 2 ]) (lib.singleton 1) (lib.forEach [ 1 2 ] (x: x * 2)) ];
    is = [ [ 2 1 ] [ 1 ] [ 2 4 ] ];
  };
  "replicate and allUnique" = { it = [ (lib.replicate 2 "a") (lib.allUnique [ 1 2 ]) (lib.allUnique [ 1 1 ]) ]; is = [ [ "a" "a" ] true false ]; };
  "lists.hasPrefix" = { it = [ (lib.lists.hasPrefix [ 1 ] [ 1 2 ]) (lib.lists.hasPrefix [ 2 ] [ 1 2 ]) ]; is = [ true false ]; };
  "mutuallyExclusive" = { it = [ (lib.mutuallyExclusive [ 1 ] [ 2 ]) (lib.mutuallyExclusive [ 1 2 ] [ 2 ]) ]; is = [ true false ]; };
}
