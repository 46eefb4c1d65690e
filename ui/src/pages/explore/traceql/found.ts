/** Traces that a query found, as the rows that the page shows of them. */
import type {ListedSpan, SpanKindName, StatusName, TempoAttribute, TempoTrace, TempoValue} from '../../../api/index.ts';
import {kinds, statuses} from '../../../urls/index.ts';

export interface FoundTrace {
  readonly id: string;
  readonly service: string;
  readonly name: string | undefined;
  readonly start: string;
  readonly durationNano: number;
  readonly fit: number;
  readonly spans: number;
  readonly errors: number;
  readonly services: number;
}

export function traceRows(traces: readonly TempoTrace[]): readonly FoundTrace[] {
  return traces.map(
    ({traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs, spanSets, serviceStats}) => {
      const stats = Object.values(serviceStats);
      return {
        id: traceID.padStart(32, '0'),
        service: rootServiceName,
        name: rootTraceName,
        start: startTimeUnixNano,
        durationNano: durationMs * 1e6,
        fit: spanSets.reduce((sum, {matched}) => sum + matched, 0),
        spans: stats.reduce((sum, {spanCount}) => sum + spanCount, 0),
        errors: stats.reduce((sum, {errorCount = 0}) => sum + errorCount, 0),
        services: stats.length,
      };
    },
  );
}

export interface FoundSpan {
  readonly id: string;
  readonly span: ListedSpan;
}

/** Each once, though it may be in several sets; the latest first. */
export function spanRows(traces: readonly TempoTrace[]): readonly FoundSpan[] {
  const rows = new Map<string, FoundSpan>();
  for (const {traceID, spanSets} of traces) {
    const traceId = traceID.padStart(32, '0');
    for (const {spans} of spanSets) {
      for (const span of spans) {
        const id = `${traceId}-${span.spanID}`;
        rows.set(id, {id, span: listedSpan(traceId, span)});
      }
    }
  }
  return [...rows.values()].sort((a, b) => (BigInt(a.span.startUnixNano) < BigInt(b.span.startUnixNano) ? 1 : -1));
}

function listedSpan(traceId: string, span: TempoTrace['spanSets'][number]['spans'][number]): ListedSpan {
  const attributes = Object.fromEntries((span.attributes ?? []).map(({key, value}) => [key, valueText(value)]));
  const {'service.name': service = '', status = '', kind = '', ...rest} = attributes;
  return {
    traceId,
    // Not told: no column shows it.
    parentSpanId: '',
    spanId: span.spanID.padStart(16, '0'),
    service,
    name: span.name,
    kind: (kinds as readonly string[]).includes(kind) ? (kind as SpanKindName) : 'unspecified',
    startUnixNano: span.startTimeUnixNano,
    durationNano: span.durationNanos,
    status: {code: (statuses as readonly string[]).includes(status) ? (status as StatusName) : 'unset', message: ''},
    attributes: rest,
  };
}

/** Attributes of the spans that have a column: those that the query selects, then those that it names. */
export function columnKeys(rows: readonly FoundSpan[], selected: readonly string[]): readonly string[] {
  const named = new Set(selected);
  for (const {span} of rows) for (const key of Object.keys(span.attributes)) named.add(key);
  return [...named].slice(0, 12);
}

export interface FoundGroup {
  readonly id: string;
  /** Of each `by(…)`; undefined where the spans have no value. */
  readonly values: readonly {readonly by: string; readonly value: string | undefined}[];
  readonly traces: number;
  readonly fit: number;
  readonly longestNano: number;
  readonly meanNano: number;
  readonly rows: readonly FoundSpan[];
}

/** The sets of all traces that `by(…)` parted alike, as one; the most spans first. */
export function groupRows(traces: readonly TempoTrace[]): readonly FoundGroup[] {
  const groups = new Map<string, {values: FoundGroup['values']; traces: Set<string>; fit: number; rows: FoundSpan[]}>();
  for (const {traceID, spanSets} of traces) {
    const traceId = traceID.padStart(32, '0');
    for (const {spans, matched, attributes = []} of spanSets) {
      const values = attributes.filter(({key}) => key.startsWith('by(')).map(byValue);
      const id = JSON.stringify(values.map(({value}) => value ?? null));
      const group = groups.get(id) ?? {values, traces: new Set(), fit: 0, rows: []};
      groups.set(id, group);
      group.traces.add(traceId);
      group.fit += matched;
      for (const span of spans)
        group.rows.push({id: `${id}-${traceId}-${span.spanID}`, span: listedSpan(traceId, span)});
    }
  }
  return [...groups]
    .map(([id, {values, traces: of, fit, rows}]) => {
      const durations = rows.map(({span}) => Number(span.durationNano));
      return {
        id,
        values,
        traces: of.size,
        fit,
        longestNano: Math.max(0, ...durations),
        meanNano: durations.reduce((sum, one) => sum + one, 0) / Math.max(1, durations.length),
        rows: rows.toSorted((a, b) => Number(b.span.durationNano) - Number(a.span.durationNano)),
      };
    })
    .sort((a, b) => b.fit - a.fit);
}

const byValue = ({key, value}: TempoAttribute) => {
  const text = valueText(value);
  return {by: key.slice('by('.length, -1), value: text === 'nil' ? undefined : text};
};

export function valueText(value: TempoValue): string {
  if ('stringValue' in value) return value.stringValue;
  if ('intValue' in value) return value.intValue;
  if ('boolValue' in value) return String(value.boolValue);
  if ('doubleValue' in value) return String(value.doubleValue);
  return `[${value.arrayValue.values.map(valueText).join(', ')}]`;
}
