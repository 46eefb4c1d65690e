/** The functions over time: `rate() by (…)`, `quantile_over_time(duration, .9)`, `compare({ … })`. */
import type {Compare, Name, OverTime, SpansetFilter} from './ast.ts';
import {parseName, parseNames, takeValue} from './parse-field.ts';
import type {Reading} from './reading.ts';
import {toNumber} from './value.ts';

export function parseOverTime(reading: Reading, filter: () => SpansetFilter): OverTime | Compare {
  const {at, text} = reading.next();
  reading.close('(');
  if (text === 'compare') return parseCompare(reading, filter, at);
  const operator = text as OverTime['operator'];
  let value: Name | undefined;
  const quantiles: number[] = [];
  if (operator !== 'rate' && operator !== 'count_over_time') {
    const name = parseName(reading);
    if (name.kind !== 'missing') value = name;
  }
  if (operator === 'quantile_over_time') {
    if (!reading.is(',')) reading.missing('`,` and a quantile between 0 and 1');
    while (reading.take(',')) {
      const quantile = takeValue(reading);
      if (quantile?.type !== 'int' && quantile?.type !== 'float') reading.missing('a quantile between 0 and 1');
      else quantiles.push(toNumber(quantile));
    }
  }
  reading.close(')');
  reading.want({kind: 'by'});
  let by: readonly Name[] = [];
  if (reading.take('by')) {
    reading.close('(');
    by = parseNames(reading);
  }
  return {kind: 'overTime', operator, value, quantiles, by, ...reading.from(at)};
}

function parseCompare(reading: Reading, readFilter: () => SpansetFilter, at: number): Compare {
  const filter = readFilter();
  const numbers: bigint[] = [];
  while (numbers.length < 3 && reading.take(',')) {
    const value = takeValue(reading);
    if (value?.type !== 'int') reading.missing('a whole number');
    numbers.push(value?.type === 'int' ? BigInt(value.value) : 0n);
  }
  if (numbers.length === 2) reading.missing('`,` and the end of the time, in nanoseconds since 1970');
  reading.close(')');
  const [top = 10n, start = 0n, stop = 0n] = numbers;
  return {kind: 'compare', filter, top: Number(top), start, stop, ...reading.from(at)};
}
