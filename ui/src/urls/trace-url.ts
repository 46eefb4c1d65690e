/** Everything that the trace page shows, as it stands in the address bar. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export const traceTabs = ['timeline', 'flame', 'logs', 'map', 'table'] as const;
export type TraceTab = (typeof traceTabs)[number];
export const statisticsColumns = ['operation', 'count', 'errors', 'total', 'self', 'wall', 'average', 'max'] as const;
export type StatisticsColumn = (typeof statisticsColumns)[number];

/** Why spans are selected, other than by a text: see `timeline/selection.ts`. */
export const selectReasons = ['errors', 'origins', 'work', 'path'] as const;
export type SelectReason = (typeof selectReasons)[number];

/** Of the log lines only those that are at least so severe. */
export const leastSeverities = ['info', 'warn', 'error'] as const;
export type LeastSeverity = (typeof leastSeverities)[number];

export interface TraceUrl {
  readonly tab?: TraceTab | undefined;
  /** The span whose details are open. */
  readonly span?: string | undefined;
  /** What was opened from there, one on another: see `PaneEntry`. */
  readonly pane?: readonly string[] | undefined;
  /** `from-to`, nanoseconds after the trace's start. */
  readonly zoom?: string | undefined;
  /** Spans of this depth and deeper are folded… */
  readonly fold?: number | undefined;
  /** …except these, and these are folded otherwise: span ids, joined by commas. */
  readonly toggled?: string | undefined;
  /** Groups of equal siblings that are shown one by one: `all`, or a member's span id each, joined by commas. */
  readonly spread?: string | undefined;
  /** Spans are selected by a text… */
  readonly find?: string | undefined;
  /** …or for a reason, */
  readonly select?: SelectReason | undefined;
  /** …or by a finding of the explanation, by its rank from 1 on, */
  readonly finding?: number | undefined;
  /** and only they are shown, with the way down to them. */
  readonly only?: true | undefined;
  /** Spans stand where their clocks say, however wrong. */
  readonly clocks?: 'sent' | undefined;
  readonly sort?: StatisticsColumn | undefined;
  /** Ascending; otherwise descending. */
  readonly up?: true | undefined;
  /** Columns of the statistics, joined by commas; undefined: those that are on show at first. */
  readonly columns?: string | undefined;
  /** What the statistics are by: `service`, or the key of an attribute; undefined: service and operation. */
  readonly by?: string | undefined;
  /** Log lines: at least so severe, and with this text. */
  readonly level?: LeastSeverity | undefined;
  readonly lines?: string | undefined;
  /** Focused frame of the flame graph: the longest span of that frame. */
  readonly frame?: string | undefined;
}

const spanId = (text: string): string | undefined => (/^[0-9a-f]{16}$/i.test(text) ? text.toLowerCase() : undefined);

/** A thing that lies on another in the details' pane. Kinds come with their views. */
export interface PaneEntry {
  readonly kind: 'span';
  readonly traceId: string;
  readonly spanId: string;
}
export const writePaneEntry = ({traceId, spanId}: PaneEntry): string => `${traceId}-${spanId}`;
export function readPaneEntry(text: string): PaneEntry | undefined {
  const match = /^([0-9a-f]{32})-([0-9a-f]{16})$/.exec(text);
  return match === null ? undefined : {kind: 'span', traceId: match[1]!, spanId: match[2]!};
}
const deepestPane = 12;

/** As many as an address can carry through every proxy: the latest count. */
const mostIds = 400;
const spanIds = (text: string): string | undefined =>
  /^[0-9a-f]{16}(,[0-9a-f]{16})*$/.test(text) ? text.slice(-17 * mostIds).replace(/^,/, '') : undefined;

export function readTraceUrl(query: RawQuery | Reader): TraceUrl {
  const from = readerOf(query);
  const tab = from.oneOf('tab', traceTabs);
  const find = from.text('find');
  // As addresses had it before there were selections.
  const errorsOnly = from.flag('errors');
  const select = from.oneOf('select', selectReasons) ?? (errorsOnly ? 'errors' : undefined);
  const all = {
    tab: tab === 'timeline' ? undefined : tab,
    span: from.parsed('span', spanId),
    zoom: from.parsed('zoom', (text) => (readZoom(text) === undefined ? undefined : text)),
    fold: from.integer('fold', 0, 1_000_000),
    pane: from.list('pane', (one) => (readPaneEntry(one) === undefined ? undefined : [one]), deepestPane),
    toggled: from.parsed('toggled', spanIds),
    spread: from.parsed('spread', (text) => (text === 'all' ? text : spanIds(text))),
    find,
    select: find === undefined ? select : undefined,
    finding: find === undefined && select === undefined ? from.integer('finding', 1, 20) : undefined,
    only: from.flag('only') ?? errorsOnly,
    clocks: from.oneOf('clocks', ['sent'] as const),
    sort: from.oneOf('sort', statisticsColumns),
    up: from.flag('up'),
    columns: from.words('columns', statisticsColumns),
    by: from.text('by'),
    level: from.oneOf('level', leastSeverities),
    lines: from.text('lines'),
    frame: from.parsed('frame', spanId),
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
