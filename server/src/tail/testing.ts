/** For tests of tail sampling: traces in a few words, and a sampler whose time is the test's. */
import {createMeter, defaultTenant, type Log, type Meter, silentLog, type TenantId, utf8Bytes} from '../base/index.ts';
import type {Consumer, SpanBatch} from '../model/index.ts';
import {spansAsObjects} from '../model/testing.ts';
import {openQueueLog} from '../pipeline/index.ts';
import {countOf} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {Journal} from './journal.ts';
import type {NamedPolicy} from './judge.ts';
import type {Round} from './round.ts';
import {type TailOptions, TailSampler} from './sampler.ts';
import {createTailWatch} from './watch.ts';

type Value = string | number | boolean;
export type Attributes = Readonly<Record<string, Value>>;

/** A span; what is left out is as in OTLP's JSON. Times are milliseconds. */
export interface TestSpan {
  readonly trace: number;
  readonly span: number;
  readonly parent?: number;
  readonly name?: string;
  readonly service?: string;
  readonly start?: number;
  readonly end?: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly status?: number;
  readonly flags?: number;
  readonly traceState?: string;
  readonly attributes?: Attributes;
  readonly resource?: Attributes;
  readonly events?: readonly {readonly name: string; readonly attributes?: Attributes}[];
}

const hex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');
/** Spread over all bytes, as ids are; never zero. */
export const traceIdOf = (trace: number): string => {
  let mixed = Math.imul(trace + 1, 0x9e3779b1) >>> 0;
  let id = '';
  for (let i = 0; i < 4; i++) {
    mixed = (Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 + i) >>> 0;
    id += hex(mixed, 4);
  }
  return id;
};

const keyValues = (attributes: Attributes = {}) =>
  Object.entries(attributes).map(([key, value]) => ({
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

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

export function spansOf(spans: readonly TestSpan[]): SpanBatch {
  const resources = Map.groupBy(spans, ({service = 'shop', resource = {}}) =>
    JSON.stringify({'service.name': service, ...resource}),
  );
  const request = {
    resourceSpans: [...resources].map(([resource, of]) => ({
      resource: {attributes: keyValues(JSON.parse(resource) as Attributes)},
      scopeSpans: [
        {
          scope: {name: 'test'},
          spans: of.map((span) => ({
            traceId: traceIdOf(span.trace),
            spanId: hex(span.span + 1, 8),
            ...(span.parent !== undefined && {parentSpanId: hex(span.parent + 1, 8)}),
            name: span.name ?? 'work',
            ...(span.traceState !== undefined && {traceState: span.traceState}),
            flags: span.flags ?? 0,
            startTimeUnixNano: nanos(span.start ?? 1000),
            endTimeUnixNano: nanos(span.end ?? 1001),
            attributes: keyValues(span.attributes),
            events: (span.events ?? []).map(({name, attributes}) => ({
              timeUnixNano: nanos(span.start ?? 1000),
              name,
              attributes: keyValues(attributes),
            })),
            status: {code: span.status ?? 0},
          })),
        },
      ],
    })),
  };
  return otlp.traces.decodeJson(utf8Bytes(JSON.stringify(request))).batch;
}

/** The traces of these spans as a round, in the order of their numbers. */
export function roundOf(spans: readonly TestSpan[], now = 0): Round {
  const batch = spansOf(spans);
  const byId = new Map<string, number[]>();
  const ids = batch.spans.columns.traceId;
  for (let row = 0; row < batch.spans.count; row++) {
    const id = Buffer.from(ids.get(row)).toString('hex');
    byId.set(id, [...(byId.get(id) ?? []), row]);
  }
  const traces = [...new Set(spans.map(({trace}) => trace))].toSorted((a, b) => a - b);
  const rows = traces.map((trace) => byId.get(traceIdOf(trace)) ?? []);
  const starts = [0];
  for (const of of rows) starts.push((starts.at(-1) as number) + of.length);
  return {
    batch,
    rows: Uint32Array.from(rows.flat()),
    starts: Uint32Array.from(starts),
    count: traces.length,
    bytes: Float64Array.from(rows, (of) => 100 * of.length),
    tenant: defaultTenant,
    now,
  };
}

/** A span that came out, as a test tells it. */
export interface Out {
  readonly tenant: string;
  /** `trace/span`, as `TestSpan` numbers them. */
  readonly id: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface TestSampler {
  readonly sampler: TailSampler;
  readonly meter: Meter;
  readonly out: readonly Out[];
  /** Batches that came out. */
  readonly batches: number;
  send(spans: readonly TestSpan[], tenant?: string): Promise<void>;
  /** Time passes; then the sampler looks what is due, and what it kept is handed on. */
  pass(ms: number): Promise<void>;
  /** From now on what lies behind refuses with this error, or takes everything again. */
  refuse(error: Error | undefined): void;
  count(name: string, labels?: Readonly<Record<string, string>>): number;
  stop(atEnd?: TailOptions['atEnd']): Promise<void>;
}

export const defaultOptions: TailOptions = {
  decisionWaitMs: 1000,
  rootWaitMs: 0,
  numTraces: 1000,
  maximumBytes: 64 << 20,
  maximumTraceBytes: 0,
  maximumTraceSpans: 100_000,
  refuseOverflow: false,
  firstMatch: false,
  atIngest: false,
  keptCapacity: 1000,
  notKeptCapacity: 1000,
  overturns: true,
  atEnd: 'keep',
};

/** With `directory`, what waits is written there; with `isDurable`, before the sender is answered. */
export async function startTestSampler(
  policies: readonly NamedPolicy[],
  options: Partial<TailOptions> = {},
  disk: {readonly directory?: string; readonly isDurable?: boolean; readonly log?: Log} = {},
): Promise<TestSampler> {
  const meter = createMeter();
  const log = disk.log ?? silentLog;
  const ordered = [...policies.filter(({isDrop}) => isDrop), ...policies.filter(({isDrop}) => !isDrop)];
  const watch = createTailWatch(
    meter,
    'tail_sampling',
    ordered.map(({name}) => name),
  );
  const out: Out[] = [];
  let batches = 0;
  let refusal: Error | undefined;
  let time = 0;
  const next: Consumer = {
    access: 'takes',
    async consume(batch, {tenant}) {
      await Promise.resolve();
      if (refusal !== undefined) throw refusal;
      batches++;
      out.push(...outOf(batch as SpanBatch, tenant));
    },
  };
  const all = {...defaultOptions, ...options};
  const sampler = new TailSampler(all, {policies, next, watch, log, now: () => time});
  if (disk.directory !== undefined) {
    const queue = await openQueueLog({directory: disk.directory, fsync: false});
    await sampler.start(new Journal(queue, log), disk.isDurable ?? false);
  }
  return {
    sampler,
    meter,
    out,
    get batches() {
      return batches;
    },
    send: (spans, tenant = defaultTenant) => sampler.consume(spansOf(spans), {tenant: tenant as TenantId}),
    async pass(ms) {
      time += ms;
      await sampler.tick();
      await sampler.delivered();
    },
    refuse: (error) => void (refusal = error),
    count: (name, labels = {}) => countOf(meter, `otelcol_processor_tail_sampling_${name}`, labels),
    stop: (atEnd) => sampler.stop(atEnd),
  };
}

const traceNumbers = new Map<string, number>();
for (let trace = 0; trace < 20_000; trace++) traceNumbers.set(traceIdOf(trace), trace);

function outOf(batch: SpanBatch, tenant: string): Out[] {
  return spansAsObjects(batch).map((span) => ({
    tenant,
    id: `${traceNumbers.get(span.traceId)}/${Number.parseInt(span.spanId, 16) - 1}`,
    traceState: span.traceState,
    attributes: Object.fromEntries(
      span.attributes.map(({key, value}) => [key, 'value' in value ? value.value : undefined]),
    ),
  }));
}

/** The ids of spans that came out, sorted. */
export const idsOf = (out: readonly Out[]): string[] => out.map(({id}) => id).toSorted(byNumber);
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', {numeric: true});
