/**
 * Texts that are not UTF-8. They are kept as they came and shown with U+FFFD in place of what cannot be read, so a text with
 * U+FFFD in it asks for whatever is shown so. How many of them stand for a run of such bytes differs from reader to reader.
 */
const replacement = '\uFFFD';

export const isLossy = (text: string): boolean => text.includes(replacement);

export const collapsed = (text: string): string => text.replaceAll(/\uFFFD+/g, replacement);

/** A column's text as it is shown, runs of U+FFFD as one. */
export const shownSql = (column: string): string =>
  `replaceRegexpAll(${validSql(column)}, '${replacement}+', '${replacement}')`;

/** A column's text as UTF-8: functions that count characters take bytes that are no UTF-8 for the beginning of longer ones. */
export const validSql = (column: string): string => `toValidUTF8(toString(${column}))`;

/**
 * Where a text has another one, in any case, counted from 1; 0 for nowhere. ClickHouse looks through the rows of a column as one text:
 * a beginning of a character at the end of one row would swallow that of the next, which then was not found.
 */
export const position = (column: string, wanted: string): string =>
  `positionCaseInsensitiveUTF8(${validSql(column)}, ${wanted})`;
