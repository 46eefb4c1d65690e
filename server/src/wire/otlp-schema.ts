/**
 * The messages of OTLP (opentelemetry-proto v1.11) as data: which field of which message is which column of a batch. The
 * protobuf and the JSON codec are written once against these tables, for all signals. Fields stand in the order of their
 * numbers, which is the order in which they are written.
 */
import {createLogBatch, createMetricBatch, createSpanBatch, metricType, pointHas, type Signal} from '../model/index.ts';
import {type Message, message} from './otlp-message.ts';

const spanTables = createSpanBatch();
const logTables = createLogBatch();
const metricTables = createMetricBatch();

// ── common/v1 and resource/v1 ───────────────────────────────────────────────────────────────────────────────────────────

const entityRef = message('entities', spanTables.entities, [
  [1, 'schemaUrl', 'text'],
  [2, 'type', 'text'],
  [3, 'idKeys', 'texts'],
  [4, 'descriptionKeys', 'texts'],
]);

const resource = message('resources', spanTables.resources, [
  [1, 'attributes', 'attributes'],
  [2, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
  [3, 'entityRefs', 'rows', {column: 'entities', of: entityRef}],
]);

const scope = message('scopes', spanTables.scopes, [
  [1, 'name', 'text'],
  [2, 'version', 'text'],
  [3, 'attributes', 'attributes'],
  [4, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
]);

/** ResourceSpans, ResourceLogs, ResourceMetrics without the scopes in them (field 2). */
const resourceEnvelope = message('resources', spanTables.resources, [
  [1, 'resource', 'embedded', {of: resource}],
  [3, 'schemaUrl', 'text'],
]);

/** ScopeSpans, ScopeLogs, ScopeMetrics without the items in them (field 2). */
const scopeEnvelope = message('scopes', spanTables.scopes, [
  [1, 'scope', 'embedded', {of: scope}],
  [3, 'schemaUrl', 'text'],
]);

// ── trace/v1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const event = message('events', spanTables.events, [
  [1, 'timeUnixNano', 'time', {column: 'time'}],
  [2, 'name', 'text'],
  [3, 'attributes', 'attributes'],
  [4, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
]);

const link = message('links', spanTables.links, [
  [1, 'traceId', 'id'],
  [2, 'spanId', 'id'],
  [3, 'traceState', 'text'],
  [4, 'attributes', 'attributes'],
  [5, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
  [6, 'flags', 'fixed32'],
]);

const status = message('spans', spanTables.spans, [
  [2, 'message', 'text', {column: 'statusMessage'}],
  [3, 'code', 'enum', {column: 'statusCode', names: ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']}],
]);

const span = message('spans', spanTables.spans, [
  [1, 'traceId', 'id'],
  [2, 'spanId', 'id'],
  [3, 'traceState', 'text'],
  [4, 'parentSpanId', 'id'],
  [5, 'name', 'text'],
  [
    6,
    'kind',
    'enum',
    {
      names: [
        'SPAN_KIND_UNSPECIFIED',
        'SPAN_KIND_INTERNAL',
        'SPAN_KIND_SERVER',
        'SPAN_KIND_CLIENT',
        'SPAN_KIND_PRODUCER',
        'SPAN_KIND_CONSUMER',
      ],
    },
  ],
  [7, 'startTimeUnixNano', 'time', {column: 'start'}],
  [8, 'endTimeUnixNano', 'time', {column: 'end'}],
  [9, 'attributes', 'attributes'],
  [10, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
  [11, 'events', 'rows', {of: event}],
  [12, 'droppedEventsCount', 'uint32', {column: 'droppedEvents'}],
  [13, 'links', 'rows', {of: link}],
  [14, 'droppedLinksCount', 'uint32', {column: 'droppedLinks'}],
  [15, 'status', 'embedded', {of: status}],
  [16, 'flags', 'fixed32'],
]);

// ── logs/v1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const log = message('logs', logTables.logs, [
  [1, 'timeUnixNano', 'time', {column: 'time'}],
  [
    2,
    'severityNumber',
    'enum',
    {
      names: [
        'SEVERITY_NUMBER_UNSPECIFIED',
        ...severities.flatMap((name) => ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${name}${step}`)),
      ],
    },
  ],
  [3, 'severityText', 'text'],
  [5, 'body', 'value'],
  [6, 'attributes', 'attributes'],
  [7, 'droppedAttributesCount', 'uint32', {column: 'droppedAttributes'}],
  [8, 'flags', 'fixed32'],
  [9, 'traceId', 'id'],
  [10, 'spanId', 'id'],
  [11, 'observedTimeUnixNano', 'time', {column: 'observedTime'}],
  [12, 'eventName', 'text'],
]);

// ── metrics/v1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const exemplar = message('exemplars', metricTables.exemplars, [
  [2, 'timeUnixNano', 'time', {column: 'time'}],
  [3, 'asDouble', 'double', {column: 'value', has: pointHas.double}],
  [4, 'spanId', 'id'],
  [5, 'traceId', 'id'],
  [6, 'asInt', 'int', {column: 'value', has: pointHas.int}],
  [7, 'filteredAttributes', 'attributes', {column: 'attributes'}],
]);

const numberPoint = message('points', metricTables.points, [
  [2, 'startTimeUnixNano', 'time', {column: 'start'}],
  [3, 'timeUnixNano', 'time', {column: 'time'}],
  [4, 'asDouble', 'double', {column: 'value', has: pointHas.double}],
  [5, 'exemplars', 'rows', {of: exemplar}],
  [6, 'asInt', 'int', {column: 'value', has: pointHas.int}],
  [7, 'attributes', 'attributes'],
  [8, 'flags', 'uint32'],
]);

const histogramPoint = message('points', metricTables.points, [
  [2, 'startTimeUnixNano', 'time', {column: 'start'}],
  [3, 'timeUnixNano', 'time', {column: 'time'}],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double', {has: pointHas.sum}],
  [6, 'bucketCounts', 'fixed64s'],
  [7, 'explicitBounds', 'doubles', {column: 'bounds'}],
  [8, 'exemplars', 'rows', {of: exemplar}],
  [9, 'attributes', 'attributes'],
  [10, 'flags', 'uint32'],
  [11, 'min', 'double', {has: pointHas.min}],
  [12, 'max', 'double', {has: pointHas.max}],
]);

const positiveBuckets = message('points', metricTables.points, [
  [1, 'offset', 'sint32', {column: 'positiveOffset'}],
  [2, 'bucketCounts', 'uint64s', {column: 'positiveCounts'}],
]);

const negativeBuckets = message('points', metricTables.points, [
  [1, 'offset', 'sint32', {column: 'negativeOffset'}],
  [2, 'bucketCounts', 'uint64s', {column: 'negativeCounts'}],
]);

const exponentialHistogramPoint = message('points', metricTables.points, [
  [1, 'attributes', 'attributes'],
  [2, 'startTimeUnixNano', 'time', {column: 'start'}],
  [3, 'timeUnixNano', 'time', {column: 'time'}],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double', {has: pointHas.sum}],
  [6, 'scale', 'sint32'],
  [7, 'zeroCount', 'fixed64'],
  [8, 'positive', 'embedded', {of: positiveBuckets}],
  [9, 'negative', 'embedded', {of: negativeBuckets}],
  [10, 'flags', 'uint32'],
  [11, 'exemplars', 'rows', {of: exemplar}],
  [12, 'min', 'double', {has: pointHas.min}],
  [13, 'max', 'double', {has: pointHas.max}],
  [14, 'zeroThreshold', 'double'],
]);

const quantile = message('quantiles', metricTables.quantiles, [
  [1, 'quantile', 'double'],
  [2, 'value', 'double'],
]);

const summaryPoint = message('points', metricTables.points, [
  [2, 'startTimeUnixNano', 'time', {column: 'start'}],
  [3, 'timeUnixNano', 'time', {column: 'time'}],
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'quantileValues', 'rows', {column: 'quantiles', of: quantile}],
  [7, 'attributes', 'attributes'],
  [8, 'flags', 'uint32'],
]);

const temporalities = [
  'AGGREGATION_TEMPORALITY_UNSPECIFIED',
  'AGGREGATION_TEMPORALITY_DELTA',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
];

/** Gauge and Summary: nothing but points (field 1). */
const plainData = message('metrics', metricTables.metrics, []);

const histogramData = message('metrics', metricTables.metrics, [
  [2, 'aggregationTemporality', 'enum', {column: 'temporality', names: temporalities}],
]);

const sumData = message('metrics', metricTables.metrics, [
  [2, 'aggregationTemporality', 'enum', {column: 'temporality', names: temporalities}],
  [3, 'isMonotonic', 'bool', {column: 'monotonic'}],
]);

const metric = message('metrics', metricTables.metrics, [
  [1, 'name', 'text'],
  [2, 'description', 'text'],
  [3, 'unit', 'text'],
  [metricType.gauge, 'gauge', 'data', {of: plainData, points: numberPoint}],
  [metricType.sum, 'sum', 'data', {of: sumData, points: numberPoint}],
  [metricType.histogram, 'histogram', 'data', {of: histogramData, points: histogramPoint}],
  [
    metricType.exponentialHistogram,
    'exponentialHistogram',
    'data',
    {of: histogramData, points: exponentialHistogramPoint},
  ],
  [metricType.summary, 'summary', 'data', {of: plainData, points: summaryPoint}],
  [12, 'metadata', 'attributes'],
]);

/** The differences between the signals beyond their messages. */
export interface SignalSchema {
  readonly signal: Signal;
  readonly resource: Message;
  readonly scope: Message;
  /** Field 2 of ScopeSpans, ScopeLogs, ScopeMetrics. */
  readonly item: Message;
  /** Keys in JSON of field 1 of the request, field 2 of its resources, field 2 of their scopes. */
  readonly keys: readonly [resources: string, scopes: string, items: string];
  /** The name of an item in messages to the sender; the suffix of `rejected…` in a partial success. */
  readonly noun: string;
  readonly rejectedKey: string;
}

const envelope = {resource: resourceEnvelope, scope: scopeEnvelope};

export const schemas = {
  traces: {
    signal: 'traces',
    ...envelope,
    item: span,
    keys: ['resourceSpans', 'scopeSpans', 'spans'],
    noun: 'span',
    rejectedKey: 'rejectedSpans',
  },
  logs: {
    signal: 'logs',
    ...envelope,
    item: log,
    keys: ['resourceLogs', 'scopeLogs', 'logRecords'],
    noun: 'log record',
    rejectedKey: 'rejectedLogRecords',
  },
  metrics: {
    signal: 'metrics',
    ...envelope,
    item: metric,
    keys: ['resourceMetrics', 'scopeMetrics', 'metrics'],
    noun: 'data point',
    rejectedKey: 'rejectedDataPoints',
  },
} as const satisfies Record<Signal, SignalSchema>;

/** The message that wraps a resource or a scope: the same fields in every signal. */
export const originMessage = (schema: SignalSchema, table: 'resources' | 'scopes'): Message =>
  table === 'resources' ? schema.resource : schema.scope;
