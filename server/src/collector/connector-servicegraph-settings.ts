/** The configuration of the connector `servicegraph`, with the names and defaults of the Collector's. */
import {
  always,
  anyLength,
  bool,
  type ConfigType,
  duration,
  ignored,
  integer,
  list,
  object,
  optional,
  text,
  withDefault,
} from '../config/index.ts';

const withUnit = duration(0, anyLength);

/** The Collector's documentation prints bare numbers, which it reads as nanoseconds. */
const bound: ConfigType<number> = {
  label: withUnit.label,
  read(node, report) {
    if (node.kind !== 'scalar' || typeof node.value !== 'number' || !(node.value > 0))
      return withUnit.read(node, report);
    report.warn(node.at, `${node.text} is so many nanoseconds, as in the Collector; a duration such as 2ms says it`);
    return node.value / 1e6;
  },
};

export const serviceGraphConfig = object(
  {
    latency_histogram_buckets: optional(
      list(bound),
      'Upper bounds of the histograms, ascending; 2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1400ms, 2s, 5s, 10s and 15s where nothing is set.',
    ),
    exponential_histogram_max_size: withDefault(
      integer(0, 16_384),
      0,
      '0',
      'Exponential histograms with so many buckets instead; 0: none.',
    ),
    dimensions: withDefault(
      list(text),
      [],
      '[]',
      'Attributes, of the resource or else of the span, that become labels `client_NAME` and `server_NAME`.',
    ),
    store: always(
      object({
        ttl: withDefault(duration(), 2000, '2s', 'How long a span waits for the other end of its request.'),
        max_items: withDefault(integer(1), 1000, '1000', 'How many may wait; further ones are dropped and counted.'),
      }),
      'The spans that wait.',
    ),
    cache_loop: withDefault(
      duration(1),
      60_000,
      '1m',
      'How often the edges are looked through for those without a request in 15 minutes, which are forgotten.',
    ),
    store_expiration_loop: withDefault(duration(1), 2000, '2s', 'How often spans are looked at that wait too long.'),
    virtual_node_peer_attributes: withDefault(
      list(text),
      ['peer.service', 'db.name', 'db.system'],
      '[peer.service, db.name, db.system]',
      'Attributes of a client span that name a server which sends no spans, the first that it has; []: no nodes for those.',
    ),
    virtual_node_extra_label: withDefault(
      bool,
      false,
      'false',
      'Add the label `virtual_node`: which end sends no spans, `client` or `server`.',
    ),
    metrics_flush_interval: withDefault(
      duration(),
      60_000,
      '60s',
      'How often the metrics are handed on; 0: after every batch of spans.',
    ),
    metrics_timestamp_offset: withDefault(
      duration(0, anyLength),
      0,
      '0',
      'How much earlier than now points are dated.',
    ),
    database_name_attributes: withDefault(
      list(text),
      ['db.name'],
      '[db.name]',
      'Attributes of a client span that name a database, the first that it has.',
    ),
    database_name_attribute: optional(text, 'The same, one alone; deprecated.'),
    enable_messaging_system_latency_histogram: withDefault(
      bool,
      false,
      'false',
      "Measure the time from a producer's end to its consumer's begin (as Tempo does).",
    ),
    max_series: withDefault(
      integer(1),
      100_000,
      '100000',
      "The most edges, and services with their dimensions; Weft's own bound on memory. Further ones count in one overflow edge a tenant.",
    ),
    metrics_exporter: ignored('the pipelines say where metrics go'),
  },
  ({latency_histogram_buckets: buckets = [], exponential_histogram_max_size}, node, report) => {
    if (buckets.length > 0 && exponential_histogram_max_size > 0) {
      report.fault(node.at, 'use either `latency_histogram_buckets` or `exponential_histogram_max_size`');
    }
    if (buckets.some((bound, i) => i > 0 && bound <= (buckets[i - 1] as number))) {
      report.fault(node.entries.get('latency_histogram_buckets')?.at ?? node.at, 'the buckets must ascend');
    }
  },
);
export type ServiceGraphConfig = ReturnType<typeof serviceGraphConfig.read>;

const defaultBuckets = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];

/** In seconds. */
export const boundsOf = ({latency_histogram_buckets}: ServiceGraphConfig): Float64Array =>
  Float64Array.from(latency_histogram_buckets ?? defaultBuckets, (millis) => millis / 1000);
