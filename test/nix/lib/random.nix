# Makes modules of trees of JSON nodes and gives the list that each tree's modules define together. A node:
# { imports: node[], value: number[], when: boolean, priority: number | null, order: number | null }
{ lib, trees }:
let
  theLib = import lib;
  wrap = f: argument: value: if argument == null then value else f argument value;
  module = node: {
    imports = map module node.imports;
    config.list = theLib.mkIf node.when (
      wrap theLib.mkOverride node.priority (wrap theLib.mkOrder node.order node.value)
    );
  };
  merged =
    tree:
    (theLib.evalModules {
      modules = [
        {
          options.list = theLib.mkOption {
            type = theLib.types.listOf theLib.types.int;
            default = [ ];
          };
        }
      ]
      ++ map module tree;
    }).config.list;
in
map merged (builtins.fromJSON trees)
