/** What the page of one service shows beside the context that every page has. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';
import {kinds} from './question-fields.ts';

export const serviceParts = ['operations', 'dependencies', 'errors', 'statements', 'instances'] as const;
export type ServicePartId = (typeof serviceParts)[number];
/** Columns of all parts: each part has some of them. */
export const serviceSorts = [
  ...['name', 'rate', 'errors', 'p50', 'p95', 'p99', 'requests'],
  ...['count', 'first', 'last', 'time', 'calls', 'mean'],
] as const;

export interface ServiceUrl {
  /** Default: the operations. */
  readonly part?: ServicePartId | undefined;
  /** The operation that the charts are of, and its kind where that is not `server`. */
  readonly operation?: string | undefined;
  readonly kind?: (typeof kinds)[number] | undefined;
  /** Column of the part that is on show, by which it is sorted. */
  readonly sort?: string | undefined;
  /** Ascending; otherwise descending. */
  readonly up?: true | undefined;
  /** Columns of the operations on show, joined by commas, where others are than at first. */
  readonly columns?: string | undefined;
  /** Words that the operations on show contain. */
  readonly find?: string | undefined;
  /** Also operations that are no requests to the service. */
  readonly all?: true | undefined;
  /** What the instances are told apart by. */
  readonly by?: string | undefined;
  /** Every change is on show, not the most telling ones only. */
  readonly changes?: true | undefined;
}

export function readServiceUrl(query: RawQuery | Reader): ServiceUrl {
  const from = readerOf(query);
  const part = from.oneOf('part', serviceParts);
  const operation = from.text('operation');
  const kind = from.oneOf('kind', kinds);
  const all: ServiceUrl = {
    part: part === 'operations' ? undefined : part,
    operation,
    kind: operation === undefined || kind === 'server' ? undefined : kind,
    sort: from.oneOf('sort', serviceSorts),
    up: from.flag('up'),
    columns: from.words('columns', serviceSorts),
    find: from.text('find'),
    all: from.flag('all'),
    by: from.text('by'),
    changes: from.flag('changes'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
