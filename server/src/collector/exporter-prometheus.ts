/** Shows metrics to a Prometheus that scrapes them (the Collector's prometheus exporter). */
import type {IncomingHttpHeaders} from 'node:http';
import {anyLength, bool, duration, ignored, integer, listenAddress, required, withDefault} from '../config/index.ts';
import {compress, type HttpRoute, httpServerFields, httpServerOptions, serverObject} from '../net/index.ts';
import {type ExporterFactory, failedItems, reads, type Settings, sentItems} from '../pipeline/index.ts';
import {type Dropped, PrometheusStore} from './exporter-prometheus-store.ts';
import {type TextFormat, writeText} from './exporter-prometheus-text.ts';
import {checkNaming, constantLabels, labelRules, namingFields} from './prometheus-labels.ts';
import {createTellingServer} from './telling-server.ts';

const config = serverObject(
  {
    ...httpServerFields(8889),
    endpoint: required(listenAddress, 'Address to listen on, such as 127.0.0.1:8889; the metrics are at `/metrics`.'),
    ...namingFields,
    const_labels: withDefault(constantLabels, new Map(), '{}', 'Labels of every series.'),
    send_timestamps: withDefault(bool, false, 'false', 'Show when points were measured.'),
    metric_expiration: withDefault(
      duration(0, anyLength),
      300_000,
      '5m',
      'How long a series is shown after its last point; 0: for ever.',
    ),
    enable_open_metrics: withDefault(
      bool,
      false,
      'false',
      'Speak OpenMetrics with those that ask for it; exemplars are shown in that only.',
    ),
    without_scope_info: withDefault(bool, false, 'false', 'Leave the labels `otel_scope_…` out.'),
    max_series: withDefault(
      integer(1),
      1_000_000,
      '1000000',
      "The most series; points of further ones are dropped and counted. Weft's own bound on memory.",
    ),
    sending_queue: ignored('nothing is sent: what was taken is shown when it is asked for'),
  },
  checkNaming,
);

export const prometheusExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Shows metrics at `/metrics` for Prometheus to scrape. Series of other tenants than the default one have the label `tenant`.',
  signals: ['metrics'],
  config,
  create(settings, options) {
    const rules = labelRules(options, !options.without_scope_info, options.const_labels);
    const count = createCounters(settings);
    const store = new PrometheusStore(rules, options.metric_expiration, options.max_series, count.dropped);
    count.series.observe(() => store.series);
    const route: HttpRoute = {
      method: 'GET',
      contentTypes: [],
      async handle({headers}) {
        store.expire(settings.clock.now());
        const {format, contentType} = negotiate(headers, options.enable_open_metrics, options.send_timestamps);
        const text = writeText(store.families.values(), store.targetInfo(), rules.namespace, format);
        if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))) return {status: 200, contentType, body: text};
        const body = await compress('gzip', new TextEncoder().encode(text));
        return {status: 200, contentType, headers: {'content-encoding': 'gzip', vary: 'accept-encoding'}, body};
      },
    };
    const routes = new Map([['/metrics', route]]);
    const server = createTellingServer(settings, options.endpoint, routes, httpServerOptions(options, settings));
    let timer: NodeJS.Timeout | undefined;
    return {
      countsItself: true,
      consumer: reads<'metrics'>(async (batch, {tenant}) => count.sent(store.add(batch, tenant, settings.clock.now()))),
      async start() {
        await server.start();
        // Also where nobody scrapes, memory is given back.
        timer = setInterval(() => store.expire(settings.clock.now()), 60_000);
      },
      async stop() {
        clearInterval(timer);
        await server.stop();
      },
    };
  },
};

function createCounters({meter, id}: Settings) {
  const labels = {exporter: id};
  const sent = sentItems(meter, 'metrics').with(labels);
  const failed = failedItems(meter, 'metrics');
  return {
    sent: (points: number): void => sent.add(points),
    dropped: (reason: Dropped, points: number): void => failed.with({...labels, reason}).add(points),
    series: meter.gauge('weft_exporter_series', 'Series that an exporter shows.').with(labels),
  };
}

/** In which format the reader wants them. */
function negotiate(
  {accept = ''}: IncomingHttpHeaders,
  mayBeOpen: boolean,
  timestamps: boolean,
): {readonly format: TextFormat; readonly contentType: string} {
  const openMetrics = mayBeOpen && accept.includes('application/openmetrics-text');
  const utf8 = /escaping\s*=\s*"?allow-utf-8/.test(accept);
  const escaping = utf8 ? '; escaping=allow-utf-8' : '';
  const contentType = openMetrics
    ? `application/openmetrics-text; version=1.0.0; charset=utf-8${escaping}`
    : `text/plain; version=${utf8 ? '1.0.0' : '0.0.4'}; charset=utf-8${escaping}`;
  return {format: {openMetrics, timestamps, utf8}, contentType};
}
