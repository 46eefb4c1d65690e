/** Puts bound parameters into a statement's text, as ClickHouse itself does: a SET for them costs as much as a third of `SELECT 1`. */
import type {Statement} from './sql.ts';

export interface BoundStatement {
  readonly text: string;
  /** Parameters that are left to be set. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Of the values together; the parser takes a text of 256 KiB. */
const maxBytes = 16 * 1024;

/** Leaves all of them where one is of a type, or has a value, that is not surely the same as a literal. */
export function bindLiterals(
  {text, placeholders}: Statement,
  parameters: Readonly<Record<string, string>>,
): BoundStatement {
  let bound = '';
  let at = 0;
  for (const {name, type, start, end} of placeholders) {
    const literal = literalOf(type, parameters[name] ?? '');
    if (literal === undefined) return {text, parameters};
    bound += text.slice(at, start) + literal;
    at = end;
    if (bound.length - at > maxBytes) return {text, parameters};
  }
  return {text: bound + text.slice(at), parameters: {}};
}

/** The same escapes in the interface's format, TabSeparated, and in SQL; no others. */
const plainText = String.raw`(?:[^\\'\0\t\n\r]|\\[\\'tnr])*`;
const isText = new RegExp(`^${plainText}$`);
const isTexts = new RegExp(`^\\[(?:'${plainText}'(?:,'${plainText}')*)?\\]$`);
const isInteger = /^-?[0-9]{1,18}$/;
const isIntegers = /^\[(?:-?[0-9]{1,18}(?:,-?[0-9]{1,18})*)?\]$/;

function literalOf(type: string, value: string): string | undefined {
  if (value.length > maxBytes) return undefined;
  if (type === 'String') return isText.test(value) ? `'${value}'` : undefined;
  if (type === 'Array(String)') return isTexts.test(value) ? `CAST(${value}, 'Array(String)')` : undefined;
  if (/^U?Int(8|16|32|64)$/.test(type)) return isInteger.test(value) ? `CAST(${value}, '${type}')` : undefined;
  if (/^Array\(U?Int(8|16|32|64)\)$/.test(type)) {
    return isIntegers.test(value) ? `CAST(${value}, '${type}')` : undefined;
  }
  return undefined;
}
