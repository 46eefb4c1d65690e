/** Export requests as flat lists of items that compare and read well. */
import type {Item, Signal} from './case.ts';

type Message = Readonly<Record<string, unknown>>;

const listOf = (message: Message | undefined, key: string): readonly Message[] =>
  (message?.[key] as readonly Message[] | undefined) ?? [];

/**
 * Each span, record and point with the resource and scope around it; a metric without points as one item. The order of
 * attributes and the grouping by resource say nothing in OTLP, and so they are not seen here.
 */
export function itemsOf(signal: Signal, request: Message): Item[] {
  const [outer, inner] = {
    traces: ['resourceSpans', 'scopeSpans'],
    metrics: ['resourceMetrics', 'scopeMetrics'],
    logs: ['resourceLogs', 'scopeLogs'],
  }[signal] as [string, string];
  const list = {traces: 'spans', metrics: 'metrics', logs: 'logRecords'}[signal];
  return listOf(request, outer).flatMap((group) =>
    listOf(group, inner).flatMap((scoped) => {
      const around = {
        resource: plain({...(group.resource as Message), schemaUrl: group.schemaUrl}),
        scope: plain({...(scoped.scope as Message), schemaUrl: scoped.schemaUrl}),
      };
      return listOf(scoped, list).flatMap((item): Item[] =>
        signal === 'metrics'
          ? pointsOf(item).map((point) => ({...around, ...point}))
          : [{...around, [signal === 'traces' ? 'span' : 'record']: plain(item)}],
      );
    }),
  );
}

function pointsOf(metric: Message): Item[] {
  const types = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];
  const type = types.find((each) => metric[each] !== undefined) ?? 'none';
  const {[type]: data, ...about} = metric;
  const {dataPoints = [], ...how} = (data ?? {}) as Message & {dataPoints?: readonly Message[]};
  const named = {metric: {...(plain(about) as object), ...(plain(how) as object), type}};
  return dataPoints.length === 0 ? [named] : dataPoints.map((point) => ({...named, point: plain(point)}));
}

/** Lists of keys and values as maps, AnyValues as values with their type; absent fields are left out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    fields.flatMap(([key, field]) => {
      if (key === 'positive' || key === 'negative') {
        const buckets = withoutEmptyEnds(field as Message);
        return buckets === undefined ? [] : [[key, plain(buckets)]];
      }
      if (key === 'attributes' || key === 'filteredAttributes') return [[key, mapOf(field as readonly Message[])]];
      return [[key, key === 'body' ? anyValue(field as Message) : plain(field)]];
    }),
  );
}

/** Buckets of exponential histograms that hold nothing say nothing at the ends of their list. */
function withoutEmptyEnds({offset = 0, bucketCounts = []}: Message): Message | undefined {
  const counts = bucketCounts as readonly unknown[];
  const isFull = (count: unknown): boolean => Number(count) !== 0;
  const first = counts.findIndex(isFull);
  if (first < 0) return undefined;
  return {offset: Number(offset) + first, bucketCounts: counts.slice(first, counts.findLastIndex(isFull) + 1)};
}

function mapOf(entries: readonly Message[]): Item {
  const map: Record<string, unknown> = {};
  for (const {key = '', value} of entries) {
    let name = String(key);
    while (name in map) name += ' (again)';
    map[name] = anyValue(value as Message | undefined);
  }
  return map;
}

function anyValue(value: Message | undefined): unknown {
  const [kind, content] = Object.entries(value ?? {})[0] ?? ['empty', undefined];
  switch (kind) {
    case 'stringValue':
      return `"${content}"`;
    case 'intValue':
      return `int ${content}`;
    case 'doubleValue':
      return `double ${number(content as number)}`;
    case 'boolValue':
      return content;
    case 'bytesValue':
      return `bytes ${content}`;
    case 'arrayValue':
      return listOf(content as Message, 'values').map(anyValue);
    case 'kvlistValue':
      return mapOf(listOf(content as Message, 'values'));
    default:
      return 'empty';
  }
}

/** As text, because JSON has no NaN and no -0. */
const number = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** The same text for the same contents, whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
