/**
 * Texts that are not UTF-8. They are kept as they came and shown with U+FFFD in place of what cannot be read, so a text with
 * U+FFFD in it asks for whatever is shown so. How many of them stand for a run of such bytes differs from reader to reader.
 */
const replacement = '\uFFFD';

export const isLossy = (text: string): boolean => text.includes(replacement);

export const collapsed = (text: string): string => text.replaceAll(/\uFFFD+/g, replacement);

/** A column's text as it is shown, runs of U+FFFD as one. */
export const shownSql = (column: string): string =>
  `replaceRegexpAll(toValidUTF8(toString(${column})), '${replacement}+', '${replacement}')`;
