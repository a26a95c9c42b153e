/**
 * Splits text into words as a shell does: at white space, with both kinds of quotes, backslashes, and comments.
 * @throws where a quote is not closed or a backslash is the last character
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quote) {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"') word += escaped(text, ++i);
      else word += char;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "#" && word === undefined) {
      while (i < text.length && text[i] !== "\n") i++;
    } else {
      word ??= "";
      if (char === "'" || char === '"') quote = char;
      else if (char === "\\") word += escaped(text, ++i);
      else word += char;
    }
  }
  if (quote) throw new Error("EOF found when expecting closing quote");
  if (word !== undefined) words.push(word);
  return words;
}

function escaped(text: string, place: number): string {
  if (place >= text.length) throw new Error("EOF found after escape character");
  return text[place];
}
