/** Windows and orders. */
import type {Order, Window} from './ast.ts';
import type {Cursor} from './cursor.ts';
import {parseArgument, parseExpression, type Surroundings} from './parse-expression.ts';

export function windowOver(s: Surroundings): Window {
  if (s.cursor.isSymbol('(')) return parseWindow(s);
  return {kind: 'named', name: s.cursor.expectName('a window').text};
}

/** `(PARTITION BY … ORDER BY … ROWS …)`. */
export function parseWindow(s: Surroundings): Window {
  const {cursor} = s;
  cursor.expectSymbol('(');
  const partitionBy = cursor.takeWords('PARTITION', 'BY') ? cursor.list(() => parseExpression(s)) : [];
  const orderBy = cursor.takeWords('ORDER', 'BY') ? parseOrders(s) : [];
  const frame = windowFrame(cursor);
  cursor.expectSymbol(')');
  return {kind: 'parts', partitionBy, orderBy, frame};
}

export function windowFrame(cursor: Cursor): string | undefined {
  const unit = ['ROWS', 'RANGE'].find((one) => cursor.takeWords(one));
  if (unit === undefined) return undefined;
  const bound = (): string => {
    if (cursor.takeWords('CURRENT', 'ROW')) return 'CURRENT ROW';
    const amount = cursor.takeWords('UNBOUNDED')
      ? 'UNBOUNDED'
      : cursor.token.kind === 'number'
        ? cursor.next().text
        : undefined;
    const side = ['PRECEDING', 'FOLLOWING'].find((one) => cursor.takeWords(one));
    if (amount === undefined || side === undefined)
      throw cursor.fault('Expected CURRENT ROW, or UNBOUNDED or a number with PRECEDING or FOLLOWING');
    return `${amount} ${side}`;
  };
  if (!cursor.takeWords('BETWEEN')) return `${unit} ${bound()}`;
  const from = bound();
  cursor.expectWord('AND');
  return `${unit} BETWEEN ${from} AND ${bound()}`;
}

export function parseOrders(s: Surroundings): Order[] {
  const {cursor} = s;
  return cursor.list(() => {
    const by = parseArgument(s);
    const descending = cursor.takeWords('DESC');
    if (!descending) cursor.takeWords('ASC');
    const nulls = cursor.takeWords('NULLS', 'FIRST') ? 'FIRST' : cursor.takeWords('NULLS', 'LAST') ? 'LAST' : undefined;
    if (!cursor.takeWords('WITH', 'FILL')) return {by, descending, nulls, fill: undefined};
    const from = cursor.takeWords('FROM') ? parseExpression(s) : undefined;
    const to = cursor.takeWords('TO') ? parseExpression(s) : undefined;
    const step = cursor.takeWords('STEP') ? parseExpression(s) : undefined;
    return {by, descending, nulls, fill: {...(from && {from}), ...(to && {to}), ...(step && {step})}};
  });
}
