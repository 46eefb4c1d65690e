import {type RawQuery, read} from './query-string.ts';
import {type RangeUrl, readRange} from './time-range.ts';

export const serviceColumns = ['name', 'rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type ServiceColumn = (typeof serviceColumns)[number];

export interface ServicesUrl extends RangeUrl {
  readonly sort?: ServiceColumn | undefined;
  readonly up?: true | undefined;
}

export function readServicesUrl(query: RawQuery): ServicesUrl {
  const sort = read.oneOf(query.sort, serviceColumns);
  const up = read.flag(query.up);
  return {...readRange(query), ...(sort === undefined ? {} : {sort}), ...(up === undefined ? {} : {up})};
}
