/** Types as ClickHouse spells them, of those that may be named. */
import type {Span} from './ast.ts';
import type {Cursor} from './cursor.ts';
import {quoteIdentifier, quoteText} from './quote.ts';
import {isCompound, isSized, typeNamed} from './types.ts';

/** A type as ClickHouse spells it, of those that may be named. */
export function parseType(cursor: Cursor): string {
  const {token} = cursor;
  const name = token.kind === 'word' ? typeNamed(token.text) : undefined;
  if (name === undefined)
    throw cursor.fault('Expected a type such as String, UInt64, Float64, DateTime, Array(String)');
  cursor.next();
  if (isCompound(name)) {
    cursor.expectSymbol('(');
    const types = cursor.nested(() => cursor.list(() => memberType(cursor, name)));
    cursor.expectSymbol(')');
    return `${name}(${types.join(', ')})`;
  }
  if (!isSized(name) || !cursor.takeSymbol('(')) return name;
  const sizes = cursor.list(() => {
    const size = cursor.next();
    if (size.kind === 'number' && /^\d{1,4}$/.test(size.text)) return size.text;
    if (size.kind === 'string' && /^[A-Za-z0-9_+/-]{1,64}$/.test(size.text)) return quoteText(size.text);
    throw cursor.fault('Expected a number or a time zone', size);
  });
  cursor.expectSymbol(')');
  return `${name}(${sizes.join(', ')})`;
}

/** `Tuple(name String)` names its members. */
function memberType(cursor: Cursor, of: string): string {
  const {token} = cursor;
  const after = cursor.ahead();
  if (of !== 'Tuple' || (after.kind !== 'word' && after.kind !== 'name')) return parseType(cursor);
  cursor.next();
  return `${quoteIdentifier(token.text)} ${parseType(cursor)}`;
}

export function typeOfText(cursor: Cursor, text: string, at: Span): string {
  const Reader = cursor.constructor as new (text: string) => Cursor;
  try {
    const inner = new Reader(text);
    const type = parseType(inner);
    if (inner.token.kind === 'end') return type;
  } catch {}
  throw cursor.fault(`There is no type '${text}' here`, at);
}
