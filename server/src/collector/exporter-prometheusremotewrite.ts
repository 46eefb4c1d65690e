/** Writes metrics to Prometheus, or to anything else that takes its remote write 1.0 or 2.0. */
import type {IncomingHttpHeaders} from 'node:http';
import {defaultTenant, utf8} from '../base/index.ts';
import {
  always,
  bool,
  extensionId,
  headerMap,
  ignored,
  integer,
  list,
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
import {snappyCompress, type WriteRequest, writeRequestV1, writeRequestV2} from '../wire/index.ts';
import {TargetTimes, untranslatable, type WriteOptions, writeSeries} from './exporter-prometheusremotewrite-series.ts';
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
const messageV1 = 'prometheus.WriteRequest';
const messageV2 = 'io.prometheus.write.v2.Request';
const inOrder = 'requests go one after the other, so that the samples of a series stay in order';

const settings = object(
  {
    endpoint: required(url, 'The whole URL, such as http://prometheus:9090/api/v1/write.'),
    headers: withDefault(
      headerMap,
      new Map<string, string>(),
      '{}',
      'Sent with every request, such as a key of the other side.',
    ),
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
    send_metadata: withDefault(
      bool,
      false,
      'false',
      'Write types, units and descriptions too; version 2.0 always does.',
    ),
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
    convert_explicit_histograms_to_nhcb: withDefault(
      bool,
      false,
      'false',
      'Write a histogram with bounds as one native histogram with custom buckets, which Prometheus 3 knows.',
    ),
    keep_classic_histograms: withDefault(
      bool,
      false,
      'false',
      'Write its series `_bucket`, `_sum` and `_count` as well.',
    ),
    max_batch_request_parallelism: ignored(inOrder),
    wal: unsupported(
      'name a `file_storage` as the `storage` of `remote_write_queue` instead; it keeps what waits on disk',
    ),
    protobuf_message: withDefault(
      oneOf(messageV1, messageV2),
      messageV1,
      messageV1,
      'The message of version 1.0 or of 2.0. The latter carries types, units and when series began; the Collector takes it behind a feature gate.',
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
    const keepsUtf8 = strategy === 'NoTranslation' || strategy === 'NoUTF8EscapingWithSuffixes';
    if (keepsUtf8 && values.protobuf_message === messageV1) {
      report.fault(
        node.entries.get('translation_strategy')?.at ?? node.at,
        `\`${strategy}\` needs remote write 2.0: set \`protobuf_message: ${messageV2}\`, or choose a strategy that escapes`,
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
  help: 'Writes metrics to Prometheus by remote write 1.0 or 2.0. The tenant goes along as `X-Scope-OrgID` where it is not the default one.',
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
      histograms: {
        native: options.convert_explicit_histograms_to_nhcb,
        classic: !options.convert_explicit_histograms_to_nhcb || options.keep_classic_histograms,
      },
    };
    const isV2 = options.protobuf_message === messageV2;
    const open = isV2 ? writeRequestV2 : () => writeRequestV1(options.send_metadata);
    const metrics = remoteWriteMetrics(settings);
    const maxBytes = options.max_batch_size_bytes === 0 ? defaultBatchBytes : options.max_batch_size_bytes;
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
      encode: (batch) => encode(batch, write, {isV2, open, maxBytes, onSeries: metrics.translated}),
      async send({tenant, metadata, items, body, authorize}) {
        const headers = authorize({
          'user-agent': 'weft',
          ...fixed,
          ...forwarded(options.include_metadata_keys, metadata),
          'content-encoding': 'snappy',
          ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant}),
        });
        const requests = requestsOf(body);
        let unconfirmed = 0;
        for (const request of requests) {
          const answer = await http.post(endpoint, {...headers, ...versionHeaders(request.isV2)}, request.bytes);
          metrics.sent();
          const isConfirmed = request.isV2 ? metrics.written(answer.headers) : true;
          const {status} = answer;
          if (status >= 200 && status < 300) {
            if (!isConfirmed) unconfirmed++;
            continue;
          }
          const why = utf8(answer.body).trim().slice(0, 500);
          const hint =
            status === 415 && request.isV2 ? `; \`protobuf_message: ${messageV1}\` is what older ones take` : '';
          const message = `the other side answered HTTP ${status}${why === '' ? '' : `: ${why}`}${hint}`;
          throw answerError(answer, message, status === 429 || status >= 500, settings.clock.now());
        }
        // The specification: without the headers, nothing was written.
        return {
          rejected: unconfirmed === 0 ? 0 : Math.max(1, Math.round((items * unconfirmed) / requests.length)),
          message: unconfirmed === 0 ? '' : 'it does not say what it wrote, so it does not know remote write 2.0',
        };
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

const versionHeaders = (isV2: boolean): Record<string, string> =>
  isV2
    ? {
        'content-type': `application/x-protobuf;proto=${messageV2}`,
        'x-prometheus-remote-write-version': '2.0.0',
      }
    : {'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0'};

/** The exporter's own metrics, by the names and with the words of the Collector's. */
function remoteWriteMetrics({meter, id}: Settings) {
  const labels = {exporter: id};
  const counter = (name: string, help: string) =>
    meter.counter(`otelcol_exporter_prometheusremotewrite_${name}`, help).with(labels);
  const sent = counter('sent_batches', 'Number of remote write requests sent, whatever their outcome.');
  const series = counter('translated_time_series', 'Number of time series that points were translated to.');
  const written = (['samples', 'histograms', 'exemplars'] as const).map((kind) => ({
    header: `x-prometheus-remote-write-${kind}-written`,
    count: counter(`written_${kind}`, `Number of ${kind} that the other side said it wrote (remote write 2.0).`),
  }));
  meter
    .gauge(
      'otelcol_exporter_prometheusremotewrite_consumers',
      'Number of configured workers to use to fan out the outgoing requests.',
    )
    .with(labels)
    .set(1);
  return {
    sent: () => sent.add(1),
    translated: () => series.add(1),
    /** Counts what an answer says was written; false where it says nothing. */
    written(headers: IncomingHttpHeaders): boolean {
      let isSaid = false;
      for (const {header, count} of written) {
        const said = headers[header];
        if (typeof said !== 'string' || !/^\d{1,15}$/.test(said)) continue;
        isSaid = true;
        count.add(Number(said));
      }
      return isSaid;
    },
  };
}

interface RequestOptions {
  readonly isV2: boolean;
  readonly open: () => WriteRequest;
  readonly maxBytes: number;
  readonly onSeries: () => void;
}

/**
 * The requests of a batch, compressed, each behind its length: what waits in the queue is one piece. The highest bit of the
 * length says that it is of version 2.0, so that what waits on disk is sent as what it is after the setting has changed.
 */
function encode(
  batch: Lent<AnyBatch>,
  options: WriteOptions,
  {isV2, open, maxBytes, onSeries}: RequestOptions,
): Buffer {
  const requests: Uint8Array[] = [];
  let request = open();
  const flush = (): void => {
    if (request.count === 0) return;
    const bytes = snappyCompress(request.finish());
    const head = Buffer.alloc(4);
    head.writeUInt32LE(isV2 ? bytes.length + versionBit : bytes.length);
    requests.push(head, bytes);
    request = open();
  };
  for (const series of batch.signal === 'metrics' ? writeSeries(batch, options) : []) {
    onSeries();
    if (request.add(series, maxBytes)) continue;
    flush();
    request.add(series, maxBytes);
  }
  flush();
  return Buffer.concat(requests);
}

const versionBit = 2 ** 31;

function requestsOf(body: Uint8Array): {readonly isV2: boolean; readonly bytes: Uint8Array}[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const requests = [];
  for (let at = 0; at < body.length; ) {
    const head = view.getUint32(at, true);
    const end = at + 4 + (head % versionBit);
    requests.push({isV2: head >= versionBit, bytes: body.subarray(at + 4, end)});
    at = end;
  }
  return requests;
}
