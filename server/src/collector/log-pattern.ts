/**
 * The pattern of a text: its variable parts (numbers, ids, hexadecimal, addresses, times, what stands in quotes) become `<*>`. Texts of
 * one statement in a program have one pattern.
 */

/** Longer texts are judged by their beginning. */
const maxLength = 4096;

const variable = new RegExp(
  [
    // Quoted: not the apostrophe of "can't".
    String.raw`"(?:[^"\\]|\\.)*"`,
    String.raw`(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)`,
    String.raw`\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`,
    String.raw`\b0x[0-9a-f]+\b`,
    // Ids: letters and digits mixed.
    String.raw`\b(?=[a-z_]*\d)(?=\d*[a-z_])\w{8,}\b`,
    // Dates and times, addresses and versions: digits with what joins them.
    String.raw`\b\d[\d.:/_-]*(?:T\d[\d.:]*)?(?:Z\b|[+-]\d\d:?\d\d\b)?`,
    String.raw`\b(?=[0-9a-f:]*:[0-9a-f]*:)[0-9a-f:]{3,}\b`,
    String.raw`\d+`,
  ].join('|'),
  'gi',
);

export function patternOf(text: string): string {
  const isCut = text.length > maxLength;
  const pattern = (isCut ? text.slice(0, maxLength) : text)
    .replace(variable, '<*>')
    .replace(/<\*>(?:[.:,-]?<\*>)+/g, '<*>');
  return isCut ? `${pattern}…` : pattern;
}
