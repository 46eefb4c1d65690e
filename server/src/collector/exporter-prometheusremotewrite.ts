/** Writes metrics to a Prometheus, or whatever else takes its remote write 1.0 (the Collector's prometheusremotewrite exporter). */
import {defaultTenant, utf8} from '../base/index.ts';
import {
  always,
  bool,
  extensionId,
  ignored,
  integer,
  list,
  mapOf,
  mergeNodes,
  object,
  oneOf,
  optional,
  required,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {type AnyBatch, type Lent, type Metadata, type MetricBatch, retainItems} from '../model/index.ts';
import {
  clientFields,
  createForwarder,
  type ExporterFactory,
  type Forwarder,
  fixedHeaders,
  retrySettings,
  type Settings,
  takes,
} from '../pipeline/index.ts';
import {snappyCompress} from '../wire/index.ts';
import {TargetTimes, untranslatable, type WriteOptions, writeFields} from './exporter-prometheusremotewrite-series.ts';
import {answerError, createHttpClient, httpUrl, transportFields} from './http-client.ts';
import {checkNaming, constantLabels, labelRules, namingFields} from './prometheus-labels.ts';

const url = httpUrl('a URL, such as http://prometheus:9090/api/v1/write');

const {sending_queue: _, ...client} = clientFields(5000);
/** Of the protocol; metadata must not take their place. */
const ownHeaders: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-type',
  'user-agent',
  'x-prometheus-remote-write-version',
]);
const inOrder = 'requests go one after the other, so that the samples of a series stay in order';

const settings = object(
  {
    endpoint: required(url, 'The whole URL, such as http://prometheus:9090/api/v1/write.'),
    headers: withDefault(mapOf(text), new Map(), '{}', 'Sent with every request, such as a key of the other side.'),
    ...client,
    retry_on_failure: always(retrySettings([50, '50ms'], [30_000, '30s'], [300_000, '5m']), 'Sending again.'),
    ...namingFields,
    external_labels: withDefault(constantLabels, new Map(), '{}', 'Labels of every series that has none of that name.'),
    target_info: always(
      object({enabled: withDefault(bool, true, 'true', 'Write a series `target_info` for each resource.')}),
      'What resources say beside job and instance.',
    ),
    export_created_metric: always(
      object({enabled: withDefault(bool, false, 'false', 'Write when a series began as another one, `…_created`.')}),
      'Deprecated in the Collector.',
    ),
    disable_scope_info: withDefault(bool, false, 'false', 'Leave the labels `otel_scope_…` out.'),
    send_metadata: withDefault(bool, false, 'false', 'Write types, units and descriptions too.'),
    max_batch_size_bytes: withDefault(
      integer(),
      3_000_000,
      '3000000',
      'Larger requests are split; counted before compression. 0: as the default.',
    ),
    remote_write_queue: always(
      object({
        enabled: withDefault(bool, true, 'true', 'Without it, senders wait until the other side has taken their data.'),
        queue_size: withDefault(integer(1), 10_000, '10000', 'How many batches may wait.'),
        num_consumers: ignored(inOrder),
        storage: optional(extensionId, "The `file_storage` that keeps what waits; Weft's own."),
      }),
      'What waits to be sent.',
    ),
    sending_queue: unsupported('write these settings in `remote_write_queue`'),
    include_metadata_keys: withDefault(
      list(text),
      [],
      '[]',
      "Metadata of senders (the receiver's headers) that go along as headers of each request.",
    ),
    convert_explicit_histograms_to_nhcb: unsupported('histograms with bounds are written as series with `le`'),
    keep_classic_histograms: ignored('they are always written'),
    max_batch_request_parallelism: ignored(inOrder),
    wal: unsupported(
      'name a `file_storage` as the `storage` of `remote_write_queue` instead; it keeps what waits on disk',
    ),
    protobuf_message: withDefault(
      oneOf('prometheus.WriteRequest'),
      'prometheus.WriteRequest',
      'prometheus.WriteRequest',
      'The message of version 1.0.',
    ),
    compression: withDefault(oneOf('snappy'), 'snappy', 'snappy', 'What the protocol asks for.'),
    compression_params: ignored('Snappy has none'),
    ...transportFields,
  },
  (values, node, report) => {
    const {translation_strategy: strategy} = values;
    checkNaming(values, node, report);
    for (const key of values.include_metadata_keys) {
      if (ownHeaders.has(key.toLowerCase())) report.fault(node.at, `\`${key}\` is a header of remote write itself`);
    }
    if (strategy === 'NoTranslation' || strategy === 'NoUTF8EscapingWithSuffixes') {
      report.fault(
        node.entries.get('translation_strategy')?.at ?? node.at,
        `\`${strategy}\` needs remote write 2.0, which is not available; choose one that escapes`,
      );
    }
  },
);

/** The settings of the client may stand in `http:` as well, where they win. */
const config: typeof settings = {
  ...settings,
  read(node, report) {
    const nested = node.kind === 'map' ? node.entries.get('http') : undefined;
    if (node.kind !== 'map' || nested === undefined) return settings.read(node, report);
    const entries = new Map(node.entries);
    entries.delete('http');
    return settings.read(mergeNodes({...node, entries}, nested.value), report);
  },
};

export const prometheusRemoteWriteExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Writes metrics to Prometheus by remote write 1.0. The tenant goes along as `X-Scope-OrgID` where it is not the default one.',
  signals: ['metrics'],
  config,
  create(settings, options) {
    const {endpoint} = options;
    const http = createHttpClient(options.tls, options.timeout, options);
    const fixed = fixedHeaders(options.headers);
    const write: WriteOptions = {
      rules: labelRules(options, !options.disable_scope_info, options.external_labels),
      targetInfo: options.target_info.enabled ? new TargetTimes() : undefined,
      createdMetric: options.export_created_metric.enabled,
      metadata: options.send_metadata,
    };
    const {enabled, queue_size, storage} = options.remote_write_queue;
    const forwarder = createForwarder(settings, {
      retry_on_failure: options.retry_on_failure,
      auth: options.auth,
      sending_queue: {
        enabled,
        wait_for_result: false,
        sizer: 'requests',
        queue_size,
        num_consumers: 1,
        block_on_overflow: false,
        storage,
        batch: undefined,
      },
      encode: (batch) => encode(batch, write, options.max_batch_size_bytes),
      async send({tenant, metadata, body, authorize}) {
        const headers = authorize({
          'user-agent': 'weft',
          ...fixed,
          ...forwarded(options.include_metadata_keys, metadata),
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
          ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant}),
        });
        for (const request of requestsOf(body)) {
          const answer = await http.post(endpoint, headers, request);
          const {status} = answer;
          if (status >= 200 && status < 300) continue;
          const why = utf8(answer.body).trim().slice(0, 500);
          const message = `the other side answered HTTP ${status}${why === '' ? '' : `: ${why}`}`;
          throw answerError(answer, message, status === 429 || status >= 500, settings.clock.now());
        }
        return {rejected: 0, message: ''};
      },
      close: () => http.close(),
    });
    return withoutUntranslatable(settings, forwarder);
  },
};

function forwarded(keys: readonly string[], metadata: Metadata | undefined): Record<string, string> {
  const found = keys.map((key) => [key.toLowerCase(), metadata?.get(key.toLowerCase())?.join(', ')] as const);
  return Object.fromEntries(found.filter((each): each is [string, string] => each[1] !== undefined));
}

/** Leaves out, and counts, what remote write cannot say, so that everything that goes on is sent. */
function withoutUntranslatable({meter, id}: Settings, forwarder: Forwarder): Forwarder {
  const failed = meter.counter(
    'otelcol_exporter_prometheusremotewrite_failed_translations',
    'Number of points that remote write cannot express, by reason.',
  );
  return {
    ...forwarder,
    consumer: takes<'metrics'>(async (batch, context) => {
      const rest = retainItems(batch, (row) => {
        const reason = untranslatable(batch as unknown as Lent<MetricBatch>, row);
        if (reason !== undefined) failed.with({exporter: id, reason}).add(1);
        return reason === undefined;
      });
      if (rest.items.count > 0) await forwarder.consumer.consume(rest, context);
    }),
  };
}

const defaultBatchBytes = 3_000_000;

/** The requests of a batch, compressed, each behind its length: what waits in the queue is one piece. */
function encode(batch: Lent<AnyBatch>, options: WriteOptions, maxBytes: number): Uint8Array {
  const limit = maxBytes === 0 ? defaultBatchBytes : maxBytes;
  const requests: Buffer[] = [];
  let fields: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (fields.length === 0) return;
    const request = snappyCompress(Buffer.concat(fields, bytes));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(request.length);
    requests.push(head, Buffer.from(request));
    fields = [];
    bytes = 0;
  };
  for (const field of batch.signal === 'metrics' ? writeFields(batch, options) : []) {
    if (bytes + field.length > limit) flush();
    fields.push(field);
    bytes += field.length;
  }
  flush();
  return Buffer.concat(requests);
}

function* requestsOf(body: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 0; at < body.length; ) {
    const length = view.getUint32(at, true);
    yield body.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}
