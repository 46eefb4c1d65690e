import type {AnyValue} from '@opentelemetry/api';

/** Attribute values as they arrived. */
export type CapturedAttributes = Readonly<Record<string, AnyValue>>;

/** A finished span, the same whether it was captured in this process or received over OTLP. Times are Unix nanoseconds. */
export type CapturedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined` for a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: CapturedAttributes;
  readonly events: readonly {readonly name: string; readonly attributes: CapturedAttributes}[];
  readonly links: readonly {readonly traceId: string; readonly spanId: string}[];
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly traceState: string;
  readonly scope: string;
  /** `service.name`. */
  readonly service: string;
  readonly resource: CapturedAttributes;
};

export type CapturedLog = {
  readonly body: AnyValue;
  readonly severity: string;
  readonly severityNumber: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: CapturedAttributes;
  readonly service: string;
};

export type CapturedExemplar = {readonly value: number; readonly traceId: string; readonly spanId: string};

/** One point of one metric; `count`, `sum`, `buckets` and `bounds` for histograms, `value` for the others. */
export type CapturedMetric = {
  readonly name: string;
  readonly unit: string;
  readonly attributes: CapturedAttributes;
  readonly value: number;
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly number[];
  readonly bounds: readonly number[];
  readonly exemplars: readonly CapturedExemplar[];
  readonly service: string;
};

export const spanKinds = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
export const spanStatuses = ['unset', 'ok', 'error'] as const;
