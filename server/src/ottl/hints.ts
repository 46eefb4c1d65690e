/** Words of other languages where OTTL has its own: the end of a fault's message, or nothing. */

const ofSymbols: Readonly<Record<string, string>> = {
  '&': 'write `and`',
  '|': 'write `or`',
  '!': 'write `not`',
  '~': 'a pattern is matched by `IsMatch(value, "pattern")`',
  ';': 'each statement is an item of its own',
  "'": 'texts stand in double quotes',
  '`': 'texts stand in double quotes',
  '“': 'texts stand in plain double quotes: `"`',
  '”': 'texts stand in plain double quotes: `"`',
};

const keywords = ['and', 'or', 'not', 'where', 'nil', 'true', 'false'];

const ofWords: Readonly<Record<string, string>> = {
  in: '`ContainsValue(["a", "b"], value)` looks into a list',
  like: '`IsMatch(value, "pattern")` matches a pattern',
  matches: '`IsMatch(value, "pattern")` matches a pattern',
  contains: '`IsMatch(value, "pattern")` matches a pattern',
  null: 'write `nil`',
  none: 'write `nil`',
};

const ofEditors: Readonly<Record<string, string>> = {
  drop: 'the processor `filter` drops by conditions',
  route: 'the connector `routing` takes conditions',
};

const asHint = (text: string | undefined): string => (text === undefined ? '' : `; ${text}`);
const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

export const symbolHint = (character: string): string => asHint(own(ofSymbols, character));

export const editorHint = (name: string): string => asHint(own(ofEditors, name));

/** Of a keyword in other letters: `AND`, `True`. */
export function keywordHint(word: string): string {
  const lower = word.toLowerCase();
  return word !== lower && keywords.includes(lower) ? `; write \`${lower}\`` : '';
}

/** Of a word where no name of OTTL fits: `AND`, `None`, `like`. */
export const wordHint = (word: string): string => keywordHint(word) || asHint(own(ofWords, word.toLowerCase()));

/** Of a word right behind a number: `5s`. */
export const unitHint = (number: string, word: string): string =>
  /^(ns|us|ms|s|m|h)$/.test(word) ? `; a duration is written \`Duration("${number}${word}")\`` : '';

/** Of several that may be meant. */
export const didYouMean = (names: readonly string[]): string =>
  names.length === 0 ? '' : `; did you mean ${names.map((name) => `\`${name}\``).join(' or ')}?`;
