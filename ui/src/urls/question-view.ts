/** Words typed among the conditions that say what is shown: how many, in which order, of which time. */
import type {PageContext} from './context.ts';
import {defaultLimit, type ExploreUrl, mostListed, orders} from './explore-url.ts';
import type {Operator, Term} from './question.ts';
import type {ViewWord} from './question-fields.ts';
import {defaultLast, readLast} from './time-range.ts';

export type TypedView = Partial<
  Pick<ExploreUrl, 'limit' | 'sort'> & Pick<PageContext, 'last' | 'start' | 'end' | 'live'>
>;

/** `values`: what can be written; none where the time is to be chosen elsewhere. */
export interface ViewFault {
  readonly kind: 'view';
  readonly field: ViewWord;
  readonly values: readonly string[];
}

/** `limit=50`, `sort=longest`, `last=15m`, `live=true`; `min` and `max` are bounds of the duration, as in the fields below the query. */
export function readView(
  field: ViewWord,
  op: Operator,
  value: string,
): {readonly view: TypedView} | {readonly term: Term} | {readonly fault: ViewFault} {
  const refused = (values: readonly string[]) => ({fault: {kind: 'view', field, values}}) as const;
  const word = value.toLowerCase();
  switch (field) {
    case 'min':
    case 'max':
      if (op !== '=' || value === '') return refused([`${field}=200ms`]);
      return {term: {field: 'duration', op: field === 'min' ? '>=' : '<=', value}};
    case 'limit': {
      const limit = Number(value);
      if (op !== '=' || !Number.isInteger(limit) || limit < 1 || limit > mostListed) {
        return refused(['limit=1', '…', `limit=${mostListed}`]);
      }
      return {view: {limit: limit === defaultLimit ? undefined : limit}};
    }
    case 'sort':
    case 'order': {
      const sort = orders.find((one) => one === word);
      if (op !== '=' || sort === undefined) return refused(orders.map((one) => `sort=${one}`));
      return {view: {sort: sort === 'newest' ? undefined : sort}};
    }
    case 'last':
    case 'lookback': {
      const last = readLast(word);
      if (op !== '=' || last === undefined) return refused(['last=15m', 'last=2h', 'last=30d']);
      return {view: {last: last === defaultLast ? undefined : last, start: undefined, end: undefined}};
    }
    case 'live':
      if (op !== '=' || (word !== 'true' && word !== 'false')) return refused(['live=true', 'live=false']);
      return {view: {live: word === 'true' ? true : undefined}};
    case 'start':
    case 'end':
      return refused([]);
  }
}
