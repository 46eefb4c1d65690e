import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import type {Config} from './config.ts';
import {readConfig} from './config-read.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-config-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
const pem = join(folder, 'file.pem');
writeFileSync(pem, 'PEM');

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'instrument', 'settings.md'), 'utf8');
/** Variable → what the documentation says of it. */
const documented = new Map(
  [...page.matchAll(/^\| `([A-Z_]+)` \|[^|]*\|([^|]*)\|$/gm)].map(([, name, text]) => [name!, text!.trim()]),
);

/** The specification's tables ("Environment Variable Specification", "OpenTelemetry Protocol Exporter") as of version 1.50. */
const perSignal = [
  'ENDPOINT',
  'INSECURE',
  'CERTIFICATE',
  'CLIENT_KEY',
  'CLIENT_CERTIFICATE',
  'HEADERS',
  'COMPRESSION',
  'TIMEOUT',
  'PROTOCOL',
];
const specified = [
  ...'SDK_DISABLED ENTITIES RESOURCE_ATTRIBUTES SERVICE_NAME LOG_LEVEL PROPAGATORS TRACES_SAMPLER TRACES_SAMPLER_ARG'.split(
    ' ',
  ),
  ...['BSP', 'BLRP'].flatMap((who) =>
    ['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map((what) => `${who}_${what}`),
  ),
  ...['', 'SPAN_', 'LOGRECORD_'].flatMap((who) => [
    `${who}ATTRIBUTE_VALUE_LENGTH_LIMIT`,
    `${who}ATTRIBUTE_COUNT_LIMIT`,
  ]),
  ...'SPAN_EVENT_COUNT_LIMIT SPAN_LINK_COUNT_LIMIT EVENT_ATTRIBUTE_COUNT_LIMIT LINK_ATTRIBUTE_COUNT_LIMIT'.split(' '),
  ...['', 'TRACES_', 'METRICS_', 'LOGS_'].flatMap((signal) =>
    perSignal.map((what) => `EXPORTER_OTLP_${signal}${what}`),
  ),
  ...['TEMPORALITY_PREFERENCE', 'DEFAULT_HISTOGRAM_AGGREGATION'].map((what) => `EXPORTER_OTLP_METRICS_${what}`),
  ...'EXPORTER_ZIPKIN_ENDPOINT EXPORTER_ZIPKIN_TIMEOUT EXPORTER_ZIPKIN_PROTOCOL'.split(' '),
  ...'EXPORTER_PROMETHEUS_HOST EXPORTER_PROMETHEUS_PORT'.split(' '),
  ...'TRACES_EXPORTER METRICS_EXPORTER LOGS_EXPORTER'.split(' '),
  ...'METRICS_EXEMPLAR_FILTER METRIC_EXPORT_INTERVAL METRIC_EXPORT_TIMEOUT CONFIG_FILE EXPERIMENTAL_CONFIG_FILE'.split(
    ' ',
  ),
].map((name) => `OTEL_${name}`);

type Case = {
  readonly good: string;
  readonly gives: (config: Config) => unknown;
  readonly value: unknown;
  readonly bad?: string;
};
const it = (good: string, gives: (config: Config) => unknown, value: unknown, bad?: string): Case => ({
  good,
  gives,
  value,
  ...(bad === undefined ? {} : {bad}),
});

/** The cases for a signal's own variable and for the one of all signals. */
const ofTarget: Readonly<Record<string, (of: (config: Config) => Config['targets']['traces']) => Case>> = {
  HEADERS: (of) => it('x-a=1,x-b=%20c', (config) => of(config).headers, {'x-a': '1', 'x-b': ' c'}, 'x-a=50%'),
  COMPRESSION: (of) => it('GZIP', (config) => of(config).compression, 'gzip', 'zip'),
  TIMEOUT: (of) => it('1234', (config) => of(config).timeoutMillis, 1_234, '10s'),
  PROTOCOL: (of) => it('http/json', (config) => of(config).protocol, 'http/json', 'udp'),
  CERTIFICATE: (of) => it(pem, (config) => of(config).tls.ca?.toString(), 'PEM', '/nowhere.pem'),
  CLIENT_CERTIFICATE: (of) => it(pem, (config) => of(config).tls.cert?.toString(), 'PEM', '/nowhere.pem'),
  CLIENT_KEY: (of) => it(pem, (config) => of(config).tls.key?.toString(), 'PEM', '/nowhere.pem'),
};
const targetCases = Object.fromEntries(
  Object.entries(ofTarget).flatMap(([what, make]) => [
    [`OTEL_EXPORTER_OTLP_${what}`, make(({targets}) => targets.logs)],
    ...(['traces', 'logs', 'metrics'] as const).map((signal) => [
      `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`,
      make(({targets}) => targets[signal]),
    ]),
  ]),
) as Record<string, Case>;

/** A value and what it makes of the configuration; a bad one, which must make what its absence makes. */
const cases: Readonly<Record<string, Case>> = {
  ...targetCases,
  OTEL_SDK_DISABLED: it('TRUE', ({disabled}) => disabled, true, 'yes'),
  OTEL_SERVICE_NAME: it('shop', ({serviceName}) => serviceName, 'shop'),
  OTEL_RESOURCE_ATTRIBUTES: it(
    'a=1,b=x%3Dy',
    ({environmentAttributes}) => environmentAttributes,
    {a: '1', b: 'x=y'},
    'a=1,b',
  ),
  OTEL_LOG_LEVEL: it('DEBUG', ({logLevel}) => logLevel, 'debug', '30'),
  OTEL_PROPAGATORS: it('b3,jaeger', ({propagators}) => propagators, ['b3', 'jaeger']),
  OTEL_TRACES_SAMPLER: it('traceidratio', ({samplerName}) => samplerName, 'traceidratio', 'xray'),
  OTEL_TRACES_SAMPLER_ARG: it('0.5', ({samplerArgument}) => samplerArgument, '0.5'),
  OTEL_TRACES_EXPORTER: it('otlp,console', ({exporters}) => exporters.traces, ['otlp', 'console'], 'zipkin'),
  OTEL_LOGS_EXPORTER: it('none', ({exporters}) => exporters.logs, [], 'logging'),
  OTEL_METRICS_EXPORTER: it('console', ({exporters}) => exporters.metrics, ['console'], 'prometheus'),
  OTEL_EXPORTER_OTLP_ENDPOINT: it('http://c:1/', ({targets}) => targets.logs.url, 'http://c:1/v1/logs', 'c:1'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: it('http://c:1/t', ({targets}) => targets.traces.url, 'http://c:1/t', 'nowhere'),
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: it('http://c:1/t', ({targets}) => targets.logs.url, 'http://c:1/t', 'nowhere'),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: it(
    'http://c:1/t',
    ({targets}) => targets.metrics.url,
    'http://c:1/t',
    'nowhere',
  ),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: it('cumulative', () => 0, 0, 'delta'),
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: it(
    'explicit_bucket_histogram',
    () => 0,
    0,
    'base2_exponential_bucket_histogram',
  ),
  OTEL_BSP_SCHEDULE_DELAY: it('7', ({spans, records}) => [spans.delayMillis, records.delayMillis], [7, 7], '-1'),
  OTEL_BSP_EXPORT_TIMEOUT: it('0', ({spans}) => spans.retryForMillis, 2_147_483_647, 'long'),
  OTEL_BSP_MAX_QUEUE_SIZE: it('100', ({spans}) => [spans.queue, spans.batch], [100, 100], '0'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: it('9', ({spans, records}) => [spans.batch, records.batch], [9, 9], '1.5'),
  OTEL_BLRP_SCHEDULE_DELAY: it('7', ({records}) => records.delayMillis, 7, '3000000000'),
  OTEL_BLRP_EXPORT_TIMEOUT: it('500', ({records}) => records.retryForMillis, 500, '1e3'),
  OTEL_BLRP_MAX_QUEUE_SIZE: it('100', ({spans, records}) => [spans.queue, records.queue], [8_192, 100], 'all'),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: it('9', ({spans, records}) => [spans.batch, records.batch], [2_048, 9], ' - '),
  OTEL_METRIC_EXPORT_INTERVAL: it('2000', ({metricIntervalMillis}) => metricIntervalMillis, 2_000, '1m'),
  OTEL_METRIC_EXPORT_TIMEOUT: it('99', ({metricTimeoutMillis}) => metricTimeoutMillis, 99, '1m'),
  OTEL_METRICS_EXEMPLAR_FILTER: it('always_off', ({exemplars}) => exemplars, false, 'always_on'),
  OTEL_ATTRIBUTE_COUNT_LIMIT: it(
    '5',
    (c) => [c.spanLimits.span.attributeCountLimit, c.recordLimits.attributeCountLimit],
    [5, 5],
    'x',
  ),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: it(
    '5',
    (c) => [c.spanLimits.event.attributeValueLengthLimit, c.recordLimits.attributeValueLengthLimit],
    [5, 5],
    '-5',
  ),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: it(
    '5',
    (c) => [c.spanLimits.span.attributeCountLimit, c.recordLimits.attributeCountLimit],
    [5, 128],
    'x',
  ),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: it(
    '5',
    (c) => [c.spanLimits.span.attributeValueLengthLimit, c.recordLimits.attributeValueLengthLimit],
    [5, Number.POSITIVE_INFINITY],
    'x',
  ),
  OTEL_SPAN_EVENT_COUNT_LIMIT: it('0', ({spanLimits}) => spanLimits.events, 0, 'x'),
  OTEL_SPAN_LINK_COUNT_LIMIT: it('3', ({spanLimits}) => spanLimits.links, 3, 'x'),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: it('3', ({spanLimits}) => spanLimits.event.attributeCountLimit, 3, 'x'),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: it('3', ({spanLimits}) => spanLimits.link.attributeCountLimit, 3, 'x'),
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: it('3', ({recordLimits}) => recordLimits.attributeCountLimit, 3, 'x'),
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: it(
    '3',
    ({recordLimits}) => recordLimits.attributeValueLengthLimit,
    3,
    'x',
  ),
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: it('a, b', ({disabledInstrumentations}) => [...disabledInstrumentations], [
    'a',
    'b',
  ]),
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: it('a,b', ({enabledInstrumentations}) => [...enabledInstrumentations!], [
    'a',
    'b',
  ]),
  WEFT_BAGGAGE_ATTRIBUTES: it('a,b', ({baggageAttributes}) => baggageAttributes, ['a', 'b']),
  WEFT_SETTINGS_ENDPOINT: it('http://w/', ({settingsEndpoint}) => settingsEndpoint, 'http://w', 'weft'),
  WEFT_SETTINGS_INTERVAL: it('50', ({settingsIntervalMillis}) => settingsIntervalMillis, 50, '5'),
  WEFT_SHUTDOWN_TIMEOUT: it('0', ({shutdownTimeoutMillis}) => shutdownTimeoutMillis, 0, 'soon'),
  WEFT_QUEUE_BYTES: it('2000000', ({queueBytes}) => queueBytes, 2_000_000, '64MiB'),
  WEFT_EXIT_TIMEOUT: it('0', ({exitTimeoutMillis}) => exitTimeoutMillis, 0, '720h'),
  WEFT_IGNORE_PATHS: it('/a', ({ignorePaths}) => ignorePaths, ['/a']),
};
/** Means something only together with others. */
const insecure = [...documented.keys()].filter((name) => name.endsWith('_INSECURE'));
const unsupported = [...documented].filter(([, text]) => text.startsWith('not supported')).map(([name]) => name);

describe('settings', () => {
  test('settings: every variable of the specification is documented, and every one documented is read', () => {
    expect(specified.filter((name) => !documented.has(name))).toEqual([]);
    expect([...Object.keys(cases), ...insecure, ...unsupported].sort()).toEqual([...documented.keys()].sort());
  });

  test.each(Object.entries(cases))('settings: %s is honoured', (name, {good, gives, value}) => {
    const config = readConfig({}, {[name]: good});
    expect([gives(config), config.warnings]).toEqual([value, []]);
  });

  test.each(Object.entries(cases).flatMap(([name, {bad}]) => (bad === undefined ? [] : [[name, bad] as const])))(
    'settings: %s=%s is one warning, and the default holds',
    (name, bad) => {
      const {warnings, ...config} = readConfig({}, {[name]: bad});
      expect(warnings).toEqual([expect.stringMatching(`^${name}: `)]);
      expect({...config, warnings: []}).toEqual(readConfig({}, {}));
    },
  );

  test.each(unsupported)('settings: %s is one warning and nothing else', (name) => {
    const {warnings, ...config} = readConfig({}, {[name]: 'something'});
    expect(warnings).toEqual([expect.stringMatching(`^${name}: `)]);
    expect({...config, warnings: []}).toEqual(readConfig({}, {}));
  });

  test.each(['OTEL_EXPORTER_OTLP_INSECURE', 'OTEL_EXPORTER_OTLP_TRACES_INSECURE'])(
    'settings: %s makes a gRPC endpoint without a scheme plain text',
    (name) => {
      const env = {OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317'};
      expect(readConfig({}, env).targets.traces.url).toBe('https://collector:4317');
      expect(readConfig({}, {...env, [name]: 'true'}).targets.traces.url).toBe('http://collector:4317');
      expect(readConfig({}, {...env, [name]: 'si'}).warnings).toEqual([expect.stringMatching(`^${name}: `)]);
    },
  );

  test('settings: a signal’s own value that cannot be used gives way to the one for all signals', () => {
    const config = readConfig({}, {OTEL_EXPORTER_OTLP_TIMEOUT: '5', OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: 'x'});
    expect(config.targets.logs.timeoutMillis).toBe(5);
    expect(config.warnings).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: /)]);
  });

  test('settings: of a list of exporters those that there are hold', () => {
    const config = readConfig({}, {OTEL_TRACES_EXPORTER: 'zipkin,console'});
    expect([config.exporters.traces, config.warnings.length]).toEqual([['console'], 1]);
  });

  test.each(['authorization=50%secret', 'a b=secret', 'x=secret\u0001'])(
    'settings: a header that cannot be sent is left out, and its value is not printed: %j',
    (given) => {
      const config = readConfig({}, {OTEL_EXPORTER_OTLP_HEADERS: given});
      expect([config.headers, config.targets.traces.headers]).toEqual([{}, {}]);
      expect(config.warnings).toHaveLength(1);
      expect(config.warnings.join()).not.toContain('secret');
    },
  );
});
