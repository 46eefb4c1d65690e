/** Names as they are: characters that cannot be seen, or that make the text around them lie, are written out. */

/**
 * Writes `text` so that two different names never look the same: an invisible or reordering character becomes `[U+202E]`, a
 * control character its name (`[LF]`), and each space that HTML would swallow `[SP]`. Only an empty text is `noName`. All of it is
 * ASCII: Unicode's own pictures of these characters are boxes in the fonts of many systems.
 * What joiners and selectors do for emoji and for scripts that need them stays: `visibleText('a\u200bb') === 'a[U+200B]b'`.
 */
export function visibleText(text: string, noName: string): string {
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text)) return text;
  if (text === '') return noName;
  return text
    .replace(hidden, (character, at: number) => (isNeeded(text, character, at) ? character : written(character)))
    .replace(/^ +| +$| {2,}/g, (spaces) => '[SP]'.repeat(spaces.length));
}

/** The same for a text of several lines, such as a stack or a statement: line ends, tabs and spaces stay as they are. */
export const visibleBody = (text: string): string =>
  text.replace(hidden, (character, at: number) =>
    /[\n\r\t]/.test(character) || isNeeded(text, character, at) ? character : written(character),
  );

/** Controls, lone halves of pairs, separators, what Unicode lets a font leave out (bidi, zero width, fillers, selectors, tags), blanks. */
const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800]|(?! )\p{Zs}/gu;

/** Joiners inside emoji, and in scripts where they decide between two spellings; the selector of an emoji's look. */
function isNeeded(text: string, character: string, at: number): boolean {
  const before = [...text.slice(Math.max(0, at - 4), at)].at(-1) ?? '';
  const after = [...text.slice(at + character.length, at + character.length + 2)].at(0) ?? '';
  const isEmoji = (one: string): boolean => /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u.test(one);
  // The ideographic space separates words where Chinese and Japanese are written.
  if (character === '\u3000') return isWide(before) && isWide(after);
  if (character === '\ufe0f') return /\p{Extended_Pictographic}/u.test(before) || after === '\u20e3';
  if (character !== '\u200c' && character !== '\u200d') return false;
  if (character === '\u200d' && isEmoji(before)) return isEmoji(after);
  return joining.test(before) && joining.test(after);
}

const isWide = (one: string): boolean => /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(one);
const joining =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u;

/** By their codes, as ASCII names them. */
const controls: readonly string[] =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

function written(character: string): string {
  const code = character.codePointAt(0)!;
  const name = code === 0x7f ? 'DEL' : controls[code];
  if (name !== undefined) return `[${name}]`;
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}
