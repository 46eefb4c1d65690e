/** Expressions with words of their own: CASE, CAST, INTERVAL, EXTRACT. */
import type {Expression, FunctionCall, Query, Span} from './ast.ts';
import {functionNamed} from './functions.ts';
import {parseExpression, type Surroundings, sum} from './parse-expression.ts';
import {parseType, typeOfText} from './parse-type.ts';

export const units = 'NANOSECOND MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR'.split(' ');
export const call = (name: string, items: readonly Expression[], at: Span): FunctionCall => ({
  kind: 'call',
  name,
  parameters: undefined,
  distinct: false,
  arguments: items,
  filter: undefined,
  over: undefined,
  at: {start: at.start, end: at.end},
});

export function closed(s: Surroundings): Query {
  const query = s.query();
  s.cursor.expectSymbol(')');
  return query;
}

export function caseExpression(s: Surroundings): Expression {
  const {cursor} = s;
  cursor.next();
  const operand = cursor.isWords('WHEN') ? undefined : parseExpression(s);
  const branches: {when: Expression; result: Expression}[] = [];
  while (cursor.takeWords('WHEN')) {
    const when = parseExpression(s);
    cursor.expectWord('THEN');
    branches.push({when, result: parseExpression(s)});
  }
  if (branches.length === 0) throw cursor.fault('Expected WHEN');
  const otherwise = cursor.takeWords('ELSE') ? parseExpression(s) : undefined;
  cursor.expectWord('END');
  return {kind: 'case', operand, branches, otherwise};
}

export function castCall(s: Surroundings): Expression {
  const {cursor} = s;
  cursor.next();
  cursor.expectSymbol('(');
  const operand = parseExpression(s);
  if (cursor.takeWords('AS')) {
    const type = parseType(cursor);
    cursor.expectSymbol(')');
    return {kind: 'cast', operand, type};
  }
  cursor.expectSymbol(',');
  const {token} = cursor;
  if (token.kind !== 'string') throw cursor.fault('Expected a type in quotes');
  cursor.next();
  cursor.expectSymbol(')');
  return {kind: 'cast', operand, type: typeOfText(cursor, token.text, token)};
}

/** `INTERVAL 5 MINUTE`, `INTERVAL '5 minutes'`. */
export function interval(s: Surroundings): Expression {
  const {cursor} = s;
  cursor.next();
  const {token} = cursor;
  const written = token.kind === 'string' ? /^\s*(-?\d{1,18})\s+([a-z]+)\s*$/i.exec(token.text) : undefined;
  if (written) {
    cursor.next();
    const unit = unitOf(written[2] as string);
    if (!units.includes(unit)) throw cursor.fault(`Expected one of ${units.join(', ')}`, token);
    return {kind: 'interval', amount: {kind: 'literal', sql: written[1] as string, at: token}, unit};
  }
  const amount = sum(s);
  const unit = unitOf(cursor.token.text);
  if (cursor.token.kind !== 'word' || !units.includes(unit)) throw cursor.fault(`Expected one of ${units.join(', ')}`);
  cursor.next();
  return {kind: 'interval', amount, unit};
}

export const unitOf = (text: string): string => text.toUpperCase().replace(/S$/, '');

const parts: Readonly<Record<string, string>> = {DAY: 'toDayOfMonth', WEEK: 'toISOWeek'};

/** `EXTRACT(HOUR FROM start_time)`. */
export function extractCall(s: Surroundings): Expression {
  const {cursor} = s;
  const start = cursor.next();
  cursor.next();
  const unit = unitOf(cursor.next().text);
  cursor.next();
  const operand = parseExpression(s);
  cursor.expectSymbol(')');
  const known = functionNamed(parts[unit] ?? `to${unit}`);
  if (known === undefined) throw cursor.fault(`EXTRACT has no ${unit}`, {start: start.start, end: cursor.lastEnd});
  return call(known, [operand], start);
}
