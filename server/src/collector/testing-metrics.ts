/** For tests: spans in a few words, and metrics as lists that read well. */
import {utf8, utf8Bytes} from '../base/index.ts';
import {type ConfigType, emptyMap, parseYaml} from '../config/index.ts';
import type {AnyBatch, Lent, SpanBatch} from '../model/index.ts';
import {encodeJson, otlp} from '../wire/index.ts';

type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

export interface SpanText {
  readonly service?: string;
  readonly resource?: Values;
  readonly scope?: {readonly name: string; readonly version?: string};
  readonly name?: string;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly trace?: number;
  readonly id?: number;
  readonly parent?: number;
  readonly state?: string;
  /** Milliseconds; `start` since the first of them. */
  readonly start?: number;
  readonly millis?: number;
  readonly failed?: boolean;
  readonly attributes?: Values;
  readonly events?: readonly {readonly name: string; readonly attributes?: Values}[];
}

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const begin = 1_700_000_000_000;
const hex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');
const nanos = (millis: number): string => String(BigInt(Math.round(millis * 1e6)) + BigInt(begin) * 1_000_000n);

const attributesOf = (values: Values) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? {stringValue: value}
        : typeof value === 'boolean'
          ? {boolValue: value}
          : Number.isInteger(value)
            ? {intValue: String(value)}
            : {doubleValue: value},
  }));

/** A batch as a receiver decodes it, each span in a resource of its own; ids count up where none is given. */
export function spansOf(...spans: readonly SpanText[]): SpanBatch {
  const resourceSpans = spans.map((span, index) => {
    const {service = 'shop', resource = {}, scope, kind = 'internal', start = 0, millis = 1} = span;
    return {
      resource: {attributes: attributesOf(service === '' ? resource : {'service.name': service, ...resource})},
      scopeSpans: [
        {
          scope: scope ?? {},
          spans: [
            {
              traceId: hex(span.trace ?? 1, 16),
              spanId: hex(span.id ?? index + 1, 8),
              ...(span.parent === undefined ? {} : {parentSpanId: hex(span.parent, 8)}),
              traceState: span.state ?? '',
              name: span.name ?? 'GET /',
              kind: kinds.indexOf(kind),
              startTimeUnixNano: nanos(start),
              endTimeUnixNano: nanos(start + millis),
              status: span.failed === true ? {code: 2} : {},
              attributes: attributesOf(span.attributes ?? {}),
              events: (span.events ?? []).map(({name, attributes = {}}) => ({
                timeUnixNano: nanos(start),
                name,
                attributes: attributesOf(attributes),
              })),
            },
          ],
        },
      ],
    };
  });
  return otlp.traces.decodeJson(utf8Bytes(JSON.stringify({resourceSpans}))).batch;
}

/** One point, with everything around it. */
export interface PointText {
  readonly resource: Values;
  readonly scope: string;
  readonly name: string;
  readonly unit: string;
  readonly type: string;
  readonly temporality: number | undefined;
  readonly labels: Values;
  readonly value?: number;
  /** The rest of the point as OTLP JSON has it. */
  readonly point: Readonly<Record<string, unknown>>;
}

const types = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** Every point of the batches, in their order, as their OTLP says it. */
export function pointsOf(batches: readonly Lent<AnyBatch>[]): PointText[] {
  return batches.flatMap((batch) => {
    // biome-ignore lint/suspicious/noExplicitAny: OTLP JSON that our own encoder wrote.
    const {resourceMetrics = []} = JSON.parse(utf8(encodeJson(batch))) as any;
    // biome-ignore lint/suspicious/noExplicitAny: the same.
    return resourceMetrics.flatMap(({resource, scopeMetrics}: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: the same.
      scopeMetrics.flatMap(({scope, metrics}: any) =>
        // biome-ignore lint/suspicious/noExplicitAny: the same.
        metrics.flatMap((metric: any) => {
          const type = types.find((each) => metric[each] !== undefined) ?? '';
          return (metric[type]?.dataPoints ?? []).map((point: Record<string, unknown>): PointText => {
            const {attributes, asInt, asDouble, ...rest} = point;
            const value = asInt ?? asDouble;
            return {
              resource: valuesOf(resource?.attributes),
              scope: scope?.name ?? '',
              name: metric.name,
              unit: metric.unit ?? '',
              type,
              temporality: metric[type].aggregationTemporality,
              labels: valuesOf(attributes),
              ...(value === undefined ? {} : {value: Number(value)}),
              point: rest,
            };
          });
        }),
      ),
    );
  });
}

function valuesOf(attributes: unknown): Values {
  const list = (attributes ?? []) as {key: string; value: Record<string, unknown>}[];
  return Object.fromEntries(
    list.map(({key, value}) => [
      key,
      'intValue' in value ? Number(value.intValue) : (Object.values(value)[0] as Value),
    ]),
  );
}

/** A configuration as YAML, read by its type; a fault is an error. */
export function configOf<T>(type: ConfigType<T>, yaml: string): T {
  const faults: string[] = [];
  const report = {
    fault: (_: unknown, message: string) => void faults.push(message),
    warn() {},
    listens() {},
    refers() {},
  };
  const node = parseYaml('', yaml, report) ?? emptyMap({source: '', line: 0, column: 0});
  const config = type.read(node, report);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return config;
}
