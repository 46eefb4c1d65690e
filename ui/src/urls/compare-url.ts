/** What a comparison of traces, and before against after, show, as it stands in the address bar. */
import type {RawQuery, Reader} from './query-string.ts';
import {readerOf} from './query-string.ts';
import {readTracePath} from './trace-id.ts';

export interface CompareUrl {
  /** The id of another trace; `choose` while one is looked for. Without it, what is usual. */
  readonly with?: string | undefined;
  /** Of what is usual: how many hours before the trace. */
  readonly hours?: number | undefined;
}

export function readCompareUrl(query: RawQuery | Reader): CompareUrl {
  const from = readerOf(query);
  return {
    with: from.parsed('with', (text) => (text === 'choose' ? text : readTracePath(text))),
    hours: from.integer('hours', 1, 720),
  };
}

export interface MendUrl {
  readonly operation?: string | undefined;
  /** A moment as RFC 3339 has it. */
  readonly at?: string | undefined;
  readonly window?: string | undefined;
  /** The key of an attribute, and its values. */
  readonly by?: string | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export function readMendUrl(query: RawQuery | Reader): MendUrl {
  const from = readerOf(query);
  return {
    operation: from.text('operation'),
    at: from.parsed('at', readMoment),
    window: from.oneOf('window', mendWindows),
    by: from.text('by'),
    before: from.text('before'),
    after: from.text('after'),
  };
}

export const mendWindows = ['5m', '15m', '1h', '6h', '24h'] as const;

/** As a person writes it, in the time zone of the reader where it names none. */
export function readMoment(text: string): string | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) || at < 0 || at > latest ? undefined : new Date(at).toISOString();
}
/** In milliseconds: the end of 2105. */
const latest = 4_291_747_199_999;
