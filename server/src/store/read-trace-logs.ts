/** The log records that carry a trace's id. */
import {type TenantId, type TraceId, type UnixNano, unixNano, utf8Bytes} from '../base/index.ts';
import type {AnyValue, KeyValue} from '../model/index.ts';
import type {Budget, LogLines, TimeRange} from '../query/index.ts';
import {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {anyValueOf, readExact} from './value-text.ts';

export interface TraceLogsQuery extends TimeRange {
  readonly limit: number;
}

/** The earliest ones of the range, by time. */
export async function readTraceLogs(
  queries: Queries,
  tenant: TenantId,
  id: TraceId,
  {start, end, limit}: TraceLogsQuery,
  budget: Budget,
): Promise<LogLines> {
  const where = new Where(tenant);
  where.add(`trace_id = toFixedString(unhex(${where.bind(id)}), 16)`);
  // A record whose time is far from now lies elsewhere: it is told by its id alone.
  where.add(`(stray = 1 OR (time >= ${nanos(where, start)} AND time < ${nanos(where, end)}))`);
  const rows = await queries.rows(
    {
      sql: `SELECT toString(toUnixTimestamp64Nano(time)) AS at, lower(hex(span_id)) AS span, toString(service) AS of_service,
  severity_number AS severity, toString(severity_text) AS written, toString(event_name) AS event,
  body AS text, toString(body_type) AS kind,
  CAST(mapKeys(attributes), 'Array(String)') AS keys, CAST(mapValues(attributes), 'Array(String)') AS texts, toString(attribute_types) AS types,
  dropped_attributes AS dropped, toString(scope_name) AS scope
FROM logs ${where.clauses} ORDER BY time, span_id LIMIT ${limit + 1}`,
      parameters: where.parameters,
      budget,
    },
    {
      at: 'text',
      span: 'text',
      of_service: 'text',
      severity: 'number',
      written: 'text',
      event: 'text',
      text: 'text',
      kind: 'text',
      keys: 'texts',
      texts: 'texts',
      types: 'text',
      dropped: 'number',
      scope: 'text',
    },
  );
  return {
    more: rows.length > limit,
    lines: rows.slice(0, limit).map((row) => ({
      time: unixNano(BigInt(row.at)),
      spanId: row.span === noSpan ? '' : row.span,
      service: row.of_service,
      severityNumber: row.severity,
      severityText: row.written,
      eventName: row.event,
      body: valuesOf([row.text], row.kind)[0] ?? {type: 'empty'},
      attributes: attributesOf(row.keys, row.texts, row.types),
      droppedAttributes: row.dropped,
      scope: row.scope,
    })),
  };
}

const noSpan = '0'.repeat(16);

const nanos = (where: Where, time: UnixNano): string => `fromUnixTimestamp64Nano(${where.bind(time, 'Int64')})`;

function attributesOf(keys: readonly string[], texts: readonly string[], types: string): KeyValue[] {
  const values = valuesOf(texts, types || 's'.repeat(texts.length));
  return keys.map((key, i) => ({key, value: values[i] as AnyValue}));
}

/** A letter for each text, and behind these what the texts do not say. No value where there is no letter. */
function valuesOf(texts: readonly string[], types: string): AnyValue[] {
  const bytes = utf8Bytes(types);
  const exact = readExact(bytes, 0, bytes.length, texts.length);
  return texts.flatMap((text, i) => {
    const letter = types[i];
    if (letter === undefined) return [];
    return letter === 'x' ? (exact.shift() ?? []) : anyValueOf(letter, text);
  });
}
