/** Everything that the trace page shows, as it stands in the address bar. */
import {type RawQuery, read} from './query-string.ts';

export const traceTabs = ['timeline', 'flame', 'table'] as const;
export type TraceTab = (typeof traceTabs)[number];
export const statisticsColumns = ['operation', 'count', 'errors', 'total', 'self', 'average', 'max'] as const;
export type StatisticsColumn = (typeof statisticsColumns)[number];

export interface TraceUrl {
  readonly tab?: TraceTab | undefined;
  /** Selected span. */
  readonly span?: string | undefined;
  /** `from-to`, nanoseconds after the trace's start. */
  readonly zoom?: string | undefined;
  /** Spans of this depth and deeper are folded… */
  readonly fold?: number | undefined;
  /** …except these, and these are folded otherwise: span ids, joined by commas. */
  readonly toggled?: string | undefined;
  readonly find?: string | undefined;
  readonly errors?: true | undefined;
  readonly sort?: StatisticsColumn | undefined;
  /** Ascending; otherwise descending. */
  readonly up?: true | undefined;
  /** Focused frame of the flame graph: the longest span of that frame. */
  readonly frame?: string | undefined;
}

const spanId = (value: unknown): string | undefined => {
  const text = read.text(value)?.toLowerCase();
  return text !== undefined && /^[0-9a-f]{16}$/.test(text) ? text : undefined;
};

export function readTraceUrl(query: RawQuery): TraceUrl {
  const tab = read.oneOf(query.tab, traceTabs);
  const toggled = read.text(query.toggled);
  const zoom = read.text(query.zoom);
  const all = {
    tab: tab === 'timeline' ? undefined : tab,
    span: spanId(query.span),
    zoom: zoom !== undefined && readZoom(zoom) !== undefined ? zoom : undefined,
    fold: read.integer(query.fold, 0, 1_000_000),
    toggled: toggled !== undefined && /^[0-9a-f]{16}(,[0-9a-f]{16})*$/.test(toggled) ? toggled : undefined,
    find: read.text(query.find),
    errors: read.flag(query.errors),
    sort: read.oneOf(query.sort, statisticsColumns),
    up: read.flag(query.up),
    frame: spanId(query.frame),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Part of the trace in view, nanoseconds after its start. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

export function readZoom(text: string): Zoom | undefined {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(text);
  if (match === null) return undefined;
  const zoom = {from: Number(match[1]), to: Number(match[2])};
  return zoom.to > zoom.from ? zoom : undefined;
}

export function writeZoom(zoom: Zoom): string {
  const from = Math.max(0, Math.floor(zoom.from));
  return `${from}-${Math.max(from + 1, Math.ceil(zoom.to))}`;
}
