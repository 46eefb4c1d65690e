/** Rows of CSV, and lists in which quotes hold parts together. */
import {OttlError} from './faults.ts';

/** The fields of one row. Newlines at its ends do not count; one within is part of its field. */
export function parseCsvRow(text: string, delimiter: string, mode: 'strict' | 'lazyQuotes' | 'ignoreQuotes'): string[] {
  const row = text.replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (row === '') throw new OttlError('the row is empty');
  if (mode === 'ignoreQuotes') return row.split(delimiter);
  const fields: string[] = [];
  const isLazy = mode === 'lazyQuotes';
  let at = 0;
  for (;;) {
    const [field, next] =
      row[at] === '"' ? quotedField(row, at, delimiter, isLazy) : bareField(row, at, delimiter, isLazy);
    fields.push(field);
    if (next >= row.length) return fields;
    at = next + delimiter.length;
    if (at === row.length) return [...fields, ''];
  }
}

function bareField(row: string, at: number, delimiter: string, isLazy: boolean): [field: string, next: number] {
  const found = row.indexOf(delimiter, at);
  const end = found < 0 ? row.length : found;
  const field = row.slice(at, end);
  if (!isLazy && field.includes('"')) throw new OttlError(`a quote stands in the bare field ${JSON.stringify(field)}`);
  return [field, end];
}

function quotedField(row: string, start: number, delimiter: string, isLazy: boolean): [field: string, next: number] {
  let field = '';
  for (let at = start + 1; at < row.length; at++) {
    if (row[at] !== '"') field += row[at];
    else if (row[at + 1] === '"') {
      field += '"';
      at++;
    } else if (at + 1 === row.length || row.startsWith(delimiter, at + 1)) return [field, at + 1];
    else if (isLazy) field += '"';
    else throw new OttlError(`a quote stands in the field ${JSON.stringify(field)}`);
  }
  if (isLazy) return [field, row.length];
  throw new OttlError('a quote is not closed');
}

/** Splits at the delimiter outside quotes (" or '), which go; empty parts go too. */
export function splitQuoted(text: string, delimiter: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote === '' && text.startsWith(delimiter, at)) {
      if (part !== '') parts.push(part);
      part = '';
      at += delimiter.length - 1;
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else part += character;
  }
  if (quote !== '') throw new OttlError('a quote is not closed');
  return part === '' ? parts : [...parts, part];
}
