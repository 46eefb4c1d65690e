/** Texts and names as ClickHouse reads them, whatever is in them. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a statement as they are
const special = /[\\'`\0-\x1f\x7f]/g;

const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(special, (one) =>
      /[\\'`]/.test(one) ? `\\${one}` : `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );

export const quoteText = (text: string): string => `'${escaped(text)}'`;
export const quoteIdentifier = (name: string): string => `\`${escaped(name)}\``;
