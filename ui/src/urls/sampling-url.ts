/** Everything that the page of sampling and levels shows, as it stands in the address bar. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export const samplingColumns = ['service', 'seen', 'kept', 'probability', 'why', 'level'] as const;
export type SamplingColumn = (typeof samplingColumns)[number];

export interface SamplingUrl {
  readonly sort?: SamplingColumn | undefined;
  /** Ascending; otherwise descending. */
  readonly up?: true | undefined;
  /** Words that services and operations on show contain. */
  readonly find?: string | undefined;
  /** Columns on show, joined by commas, where others are than at first. */
  readonly columns?: string | undefined;
  /** Services whose operations are on show. */
  readonly open?: readonly string[] | undefined;
  /** The service whose level and sampling are being set; `*` is every service. */
  readonly edit?: string | undefined;
}

export function readSamplingUrl(query: RawQuery | Reader): SamplingUrl {
  const from = readerOf(query);
  const all: SamplingUrl = {
    sort: from.oneOf('sort', samplingColumns),
    up: from.flag('up'),
    find: from.text('find'),
    columns: from.words('columns', samplingColumns),
    open: from.list('open', (one) => [one]),
    edit: from.text('edit'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
