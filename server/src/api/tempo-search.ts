/** Tempo's search: traces that a TraceQL query finds, each with some of the spans that fit. */
import {toHex} from '../base/index.ts';
import {
  Evaluator,
  namesOf,
  noRoot,
  type Pipeline,
  readerOf,
  type Spanset,
  type SpanView,
  TraceqlError,
  textOf,
} from '../traceql/index.ts';
import {type Asked, candidates, planOf, type Range} from './tempo-candidates.ts';
import {anyValue} from './tempo-json.ts';
import {invalid} from './tempo-query.ts';

export interface SearchOptions extends Range {
  readonly limit: number;
  /** Spans that are shown of a set. */
  readonly spans: number;
}

/** `tempopb.SearchResponse`. */
export async function searchTraces(pipeline: Pipeline, options: SearchOptions, asked: Asked): Promise<object> {
  const found: {readonly start: bigint; readonly json: object}[] = [];
  let traces = 0;
  let spans = 0;
  for await (const {view, trace, sets} of fittingTraces(pipeline, options, asked, (view) => {
    traces += view.traces.length;
    spans += view.batch.spans.count;
  })) {
    found.push({start: view.traces[trace]?.start ?? 0n, json: traceJson(view, trace, sets, pipeline, options.spans)});
    if (found.length >= options.limit) break;
  }
  found.sort((a, b) => (a.start > b.start ? -1 : a.start < b.start ? 1 : 0));
  return {
    traces: found.map(({json}) => json),
    metrics: {inspectedTraces: traces, inspectedSpans: String(spans), completedJobs: 1, totalJobs: 1},
  };
}

export interface Fitting {
  readonly view: SpanView;
  readonly trace: number;
  readonly sets: readonly Spanset[];
}

/** Those of which a span that the query gives starts in the range. */
export async function* fittingTraces(
  pipeline: Pipeline,
  range: Range,
  asked: Asked,
  inspected: (view: SpanView) => void = () => {},
): AsyncGenerator<Fitting> {
  const patterns = new Map();
  const isIn = (start: bigint): boolean =>
    start >= (range.start ?? 0n) && (range.end === undefined || start <= range.end);
  for await (const view of candidates(await planOf(pipeline, range, asked), range, asked)) {
    inspected(view);
    const evaluator = new Evaluator(view, patterns);
    const newestFirst = view.traces.map(({start}, trace) => ({start, trace})).sort((a, b) => Number(b.start - a.start));
    for (const {trace} of newestFirst) {
      const sets = evaluated(() => evaluator.evaluate(pipeline, trace));
      if (sets.some(({rows}) => rows.some((row) => isIn(view.start(row))))) yield {view, trace, sets};
    }
  }
}

/** Whether the first trace of a view fits the query. */
export const fits = (pipeline: Pipeline, view: SpanView): boolean =>
  view.traces.length > 0 && evaluated(() => new Evaluator(view, new Map()).evaluate(pipeline, 0)).length > 0;

/** What the traces at hand do not let anybody evaluate is the asker's to mend. */
export function evaluated<T>(evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof TraceqlError) throw invalid(`invalid TraceQL query: ${error.message}`);
    throw error;
  }
}

/** Told by fields of their own. */
const shownElsewhere = new Set([
  'name',
  'duration',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'trace:id',
  'span:id',
]);

function traceJson(view: SpanView, trace: number, sets: readonly Spanset[], pipeline: Pipeline, most: number): object {
  const {id, root, start, durationNano, rows} = view.traces[trace] as SpanView['traces'][number];
  const name = readerOf(view, {kind: 'intrinsic', name: 'name', at: 0, end: 0});
  const service = readerOf(view, {
    kind: 'attribute',
    scope: 'resource',
    parent: false,
    name: 'service.name',
    at: 0,
    end: 0,
  });
  const named = namesOf(pipeline)
    .filter((each) => !(each.kind === 'intrinsic' && shownElsewhere.has(each.name)))
    .map((each) => ({key: each.name, read: readerOf(view, each)}));
  const spanJson = (row: number): object => {
    const attributes = named.flatMap(({key, read}) => {
      const value = read(row);
      return value.type === 'nil' ? [] : [{key, value: anyValue(value)}];
    });
    return {
      spanID: toHex(view.batch.spans.columns.spanId.get(row)),
      name: textOf(name(row)),
      startTimeUnixNano: String(view.start(row)),
      durationNanos: String(view.duration(row)),
      ...(attributes.length > 0 && {attributes}),
    };
  };
  const spanSets = sets.map((set) => ({
    spans: set.rows.slice(0, most).map(spanJson),
    matched: set.rows.length,
    ...(set.attributes.length > 0 && {
      attributes: set.attributes.map((each) => ({key: each.name, value: anyValue(each.value)})),
    }),
  }));
  const serviceStats: Record<string, {spanCount: number; errorCount?: number}> = Object.create(null);
  for (const row of rows) {
    const stats = (serviceStats[textOf(service(row))] ??= {spanCount: 0});
    stats.spanCount++;
    if (view.batch.spans.columns.statusCode.get(row) === 2) stats.errorCount = (stats.errorCount ?? 0) + 1;
  }
  return {
    traceID: id,
    rootServiceName: root < 0 ? noRoot : textOf(service(root)),
    ...(root >= 0 && {rootTraceName: textOf(name(root))}),
    startTimeUnixNano: String(start),
    durationMs: Math.floor(durationNano / 1e6),
    // Older clients read the first set only.
    spanSet: spanSets[0],
    spanSets,
    serviceStats,
  };
}

/** Search by tags, the form before TraceQL, as a query: each tag is that of some span of the trace. */
export function tagsQuery(
  tags: readonly (readonly [key: string, value: string])[],
  {least, most}: {readonly least: bigint | undefined; readonly most: bigint | undefined},
): string {
  const durations = [
    ...(least === undefined ? [] : [`traceDuration >= ${least}ns`]),
    ...(most === undefined ? [] : [`traceDuration <= ${most}ns`]),
  ];
  const filters = tags.map(([key, value]) => `{ ${[tagCondition(key, value), ...durations].join(' && ')} }`);
  return filters.length === 0 ? `{ ${durations.join(' && ')} }` : filters.join(' && ');
}

const quote = (text: string): string => JSON.stringify(text);

function tagCondition(key: string, value: string): string {
  const text = quote(value);
  if (key === 'name') return `name = ${text}`;
  if (key === 'root.name') return `rootName = ${text}`;
  if (key === 'root.service.name') return `rootServiceName = ${text}`;
  if (key === 'service.name') return `resource.service.name = ${text}`;
  if ((key === 'status' || key === 'status.code') && /^(?:ok|error|unset)$/.test(value)) return `status = ${value}`;
  if (key === 'error' && value === 'true') return 'status = error';
  const name = `."${key.replace(/[\\"]/g, '\\$&')}"`;
  // Tags have no types: what reads as a number or a boolean is that too.
  const isTyped = /^(?:true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)$/.test(value);
  return isTyped ? `(${name} = ${text} || ${name} = ${value})` : `${name} = ${text}`;
}
