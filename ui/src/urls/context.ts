/**
 * What every page keeps when a reader goes from one to another: the time, what it is compared with, whose data, and whether new
 * data comes by itself. It stands in the address of every page; links carry it unless they say otherwise.
 */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';
import {absoluteRange, type RangeUrl, rangeInMs, readRange} from './time-range.ts';

/** The same time a day earlier, the time of the same length before, or the same time of another version only. */
export type CompareWith = 'before' | 'yesterday' | `version:${string}`;

export interface PageContext extends RangeUrl {
  readonly compare?: CompareWith | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly live?: true | undefined;
}

export const contextKeys = [
  'last',
  'start',
  'end',
  'compare',
  'service',
  'environment',
  'live',
] as const satisfies readonly (keyof PageContext)[];

export function readContext(query: RawQuery | Reader): PageContext {
  const from = readerOf(query);
  const all: PageContext = {
    ...readRange(from),
    compare: from.parsed('compare', readCompare),
    service: from.text('service'),
    environment: from.text('environment'),
    live: from.flag('live'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function readCompare(text: string): CompareWith | undefined {
  if (text === 'before' || text === 'yesterday') return text;
  return text.startsWith('version:') && text.length > 'version:'.length ? (text as CompareWith) : undefined;
}

/** The same context for somebody who opens it later: a relative time becomes the one that was on show at `now`, and stays. */
export function freeze(context: PageContext, now: number): PageContext {
  const {from, to} = rangeInMs(context, now);
  return {...context, ...absoluteRange(from, to), live: undefined};
}

/** The time to compare with; undefined where nothing is compared, or only another version in the same time. */
export function comparedRange(context: PageContext, now: number): RangeUrl | undefined {
  const {from, to} = rangeInMs(context, now);
  if (context.compare === 'before') return absoluteRange(from - (to - from), from);
  if (context.compare === 'yesterday') return absoluteRange(from - day, to - day);
  return undefined;
}

const day = 86_400_000;
