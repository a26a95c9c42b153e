import { splitWords } from "../../../lab/plugins/language/words";

describe("words of Node's arguments", () => {
  test.each([
    ["", []],
    ["  --a   b\t--c=d\n", ["--a", "b", "--c=d"]],
    [`--title 'two words' "three 'of' them"`, ["--title", "two words", "three 'of' them"]],
    [`a\\ b "c\\"d" 'e\\f' g""h ''`, ["a b", 'c"d', "e\\f", "gh", ""]],
    ["a #b c\nd e#f", ["a", "d", "e#f"]],
  ])("%j", (text, words) => expect(splitWords(text)).toEqual(words));

  test.each([
    ["'a", "EOF found when expecting closing quote"],
    ["a\\", "EOF found after escape character"],
  ])("%j is not finished", (text, message) => expect(() => splitWords(text)).toThrow(message));
});
