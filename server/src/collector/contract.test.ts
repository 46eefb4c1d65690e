/** The contract of components, kept by every entry of the registry. */
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {afterAll, describe, expect, it} from 'vitest';
import {bug, defaultTenant, PermanentError, RetryableError, type TenantId, utf8, utf8Bytes} from '../base/index.ts';
import {object, parseYaml} from '../config/index.ts';
import {type AnyBatch, findAttribute, goText, type Lent, readValue, type Signal} from '../model/index.ts';
import {allSignals, type Intake, type Kind, kinds, loadFactories, type ReceiverFactory} from '../pipeline/index.ts';
import {recordingLog, testSettings} from '../pipeline/testing.ts';
import {
  encodeJaegerProto,
  encodeZipkinJson,
  encodeZipkinProto,
  type OtlpCodec,
  otlp,
  snappyDecompress,
} from '../wire/index.ts';
import {postSpansPath} from './jaeger-paths.ts';
import {defaultTopics} from './kafka-settings.ts';
import {grpcPaths} from './otlp-paths.ts';
import {registry} from './registry.ts';
import {startTestCollector, type TestCollector} from './testing.ts';
import {contract, type Subject, servicesOf, type Traits} from './testing-contract.ts';
import {createTopics, kafkaSender, startBroker, throughKafka} from './testing-kafka.ts';
import {readWriteRequest, startWriteServer} from './testing-remote-write.ts';

/** How an entry of the registry is put to work. */
interface Entry extends Partial<Traits> {
  /** Its configuration, behind `type:`. */
  readonly config?: string;
  readonly start: (type: string, config: string, signals: readonly Signal[]) => Promise<Subject>;
}

const direct = 'retry_on_failure: {enabled: false}, sending_queue: {enabled: false}';

const directWrite = 'retry_on_failure: {enabled: false}, remote_write_queue: {enabled: false}';
/** One point for each service, told once. */
const spanCalls =
  '{histogram: {disable: true}, aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA, metrics_flush_interval: 5ms}';

const outs = '[traces/out, metrics/out, logs/out]';
const summed = '{total: {source_attribute: bytes}}';

/** One line for each entry; an entry without a line fails the last test of this file. */
const entries: Readonly<Record<Exclude<Kind, 'extensions'>, Readonly<Record<string, readonly Entry[]>>>> = {
  receivers: {
    kafka: [
      {
        config: '{brokers: BROKER, initial_offset: earliest, max_fetch_wait: 5ms, autocommit: {enable: false}}',
        end: true,
        start: receivedFromKafka,
      },
    ],
    otlp: [
      {config: '{protocols: {grpc: }}', start: (type, config, signals) => received(type, config, signals, sendGrpc)},
      {config: '{protocols: {http: }}', start: (type, config, signals) => received(type, config, signals, sendHttp)},
    ],
    jaeger: [
      {config: '{protocols: {grpc: }}', start: (type, config, signals) => received(type, config, signals, sendJaeger)},
    ],
    zipkin: [
      {config: '{}', start: (type, config, signals) => received(type, config, signals, sendZipkin)},
      {
        config: '{include_metadata: true}',
        start: (type, config, signals) => received(type, config, signals, sendZipkinProto),
      },
    ],
    loki: [
      {config: '{protocols: {http: }}', start: (type, config, signals) => received(type, config, signals, sendLoki)},
    ],
  },
  processors: {
    batch: [
      {config: '{timeout: 1ms}', start: processed},
      {config: '{send_batch_size: 1, send_batch_max_size: 1}', start: processed},
    ],
    cumulativetodelta: [{start: processed}],
    deltatocumulative: [{start: processed}],
    deltatorate: [{config: '{metrics: [m]}', start: processed}],
    interval: [{config: '{interval: 5ms, pass_through: {gauge: true}}', start: processed}],
    metricstransform: [{config: '{transforms: []}', start: processed}],
    memory_limiter: [{config: '{check_interval: 1s, limit_mib: 1000000}', start: processed}],
    adaptive_sampling: [{start: processed}],
    tail_sampling: [
      {
        config: '{decision_wait: 10ms, pending_on_shutdown: decide, policies: [{name: all, type: always_sample}]}',
        end: true,
        start: processed,
      },
    ],
    probabilistic_sampler: [{config: '{sampling_percentage: 100, fail_closed: false}', start: processed}],
    attributes: [{config: '{actions: [{key: a, action: upsert, value: 1}]}', start: processed}],
    resource: [{config: '{attributes: [{key: a, action: upsert, value: 1}]}', start: processed}],
    span: [{config: '{name: {from_attributes: [a]}}', start: processed}],
    redaction: [{config: '{allow_all_keys: true, blocked_values: [secret], summary: debug}', start: processed}],
    transform: [
      {config: `{trace_statements: ['set(span.name, "a")'], log_statements: ['set(log.body, "a")']}`, start: processed},
      {start: processed},
    ],
    filter: [
      {config: `{traces: {span: ['name == "none"']}, metric_conditions: ['metric.name == "none"']}`, start: processed},
      {start: processed},
    ],
    groupbyattrs: [
      {config: '{}', start: processed},
      {config: '{keys: [a]}', start: processed},
    ],
    resourcedetection: [{config: '{}', start: processed}],
    resource_detection: [{config: '{}', start: processed}],
    logdedup: [{config: '{interval: 5ms}', end: true, start: processed}],
    log_dedup: [{config: '{interval: 5ms}', end: true, start: processed}],
    log_patterns: [{config: '{interval: 5ms}', end: true, start: processed}],
  },
  connectors: {
    forward: [{start: connected}],
    count: [{config: '{metrics: {}, spanevents: {}}', start: tallied}],
    sum: [{config: `{spans: ${summed}, datapoints: ${summed}, logs: ${summed}}`, start: tallied}],
    routing: [
      {config: `{table: [{condition: "false", pipelines: ${outs}}], default_pipelines: ${outs}}`, start: connected},
    ],
    failover: [{config: `{priority_levels: [${outs}]}`, start: connected}],
    roundrobin: [{start: connected}],
    exceptions: [{start: excepted}],
    spanmetrics: [{config: spanCalls, end: true, start: converted}],
    servicegraph: [
      {config: '{metrics_flush_interval: 0s}', end: true, start: graphed},
      {config: '{metrics_flush_interval: 5ms}', end: true, start: graphed},
    ],
  },
  exporters: {
    weft: [{start: exported}],
    file: [{config: '{path: FILE}', end: true, anonymous: true, start: filed}],
    loki: [{config: `{endpoint: "LOKI", ${direct}}`, start: pushed}],
    prometheusremotewrite: [{config: `{endpoint: WRITE, ${directWrite}}`, start: written}],
    prometheus: [{config: '{endpoint: "127.0.0.1:8889"}', end: true, start: scraped}],
    loadbalancing: [
      {
        config: `{protocol: {otlp: {tls: {insecure: true}, ${direct}}}, resolver: {static: {hostnames: ["GRPC"]}}}`,
        start: exported,
      },
    ],
    load_balancing: [
      {
        config: `{routing_key: service, protocol: {otlp: {tls: {insecure: true}, sending_queue: {wait_for_result: true}}}, resolver: {static: {hostnames: ["GRPC"]}}}`,
        end: true,
        start: exported,
      },
    ],
    otlp: [{config: `{endpoint: "http://GRPC", ${direct}}`, start: exported}],
    otlp_grpc: [
      {config: '{endpoint: "http://GRPC", sending_queue: {wait_for_result: true}}', end: true, start: exported},
    ],
    otlphttp: [{config: `{endpoint: "http://HTTP", ${direct}}`, start: exported}],
    otlp_http: [{config: `{endpoint: "http://HTTP", encoding: json, ${direct}}`, start: exported}],
    kafka: [{config: `{brokers: BROKER, ${direct}}`, end: true, start: exportedToKafka}],
    jaeger: [{config: `{endpoint: "JAEGER", tls: {insecure: true}, ${direct}}`, start: exported}],
    zipkin: [
      {config: `{endpoint: "http://ZIPKIN/api/v2/spans", ${direct}}`, start: exported},
      {
        config: `{endpoint: "http://ZIPKIN/api/v2/spans", format: proto, compression: gzip, ${direct}}`,
        start: exported,
      },
    ],
    debug: [{config: '{verbosity: detailed, sampling_initial: 1000}', end: true, anonymous: true, start: logged}],
    logging: [{config: '{loglevel: debug, sampling_initial: 1000}', end: true, anonymous: true, start: logged}],
  },
};

const factories = await loadFactories(registry);
for (const kind of ['receivers', 'processors', 'connectors', 'exporters'] as const) {
  for (const [type, ways] of Object.entries(entries[kind])) {
    const factory: {readonly signals: readonly Signal[]} | {readonly conversions: object} =
      factories[kind][type] ?? bug(`no ${type}`);
    const signals =
      'signals' in factory ? factory.signals : allSignals.filter((signal) => signal in factory.conversions);
    for (const {config = '{}', start, ...traits} of ways) {
      contract(`${type} ${config}`, {signals, ...traits}, () => start(type, config, signals));
    }
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'weft-contract-'));
const strategies = join(scratch, 'strategies.json');
writeFileSync(strategies, '{}');
afterAll(() => rmSync(scratch, {recursive: true}));

/** The configuration of each extension, behind `type:`. */
const extensions: Readonly<Record<string, string>> = {
  file_storage: `{directory: ${scratch}/storage, create_directory: true}`,
  bearertokenauth: '{token: secret}',
  basicauth: '{htpasswd: {inline: "user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}}',
  headers_setter: '{headers: [{key: x-a, value: b}]}',
  health_check: '',
  pprof: '',
  zpages: '',
  remote_sampling: '{mode: adaptive, http: }',
  jaegerremotesampling: `{source: {file: ${strategies}}}`,
};

describe.each(Object.keys(registry.extensions))('contract: extension %s', (type) => {
  it(`extension ${type}: it may be stopped twice, started or not`, async () => {
    const config = extensions[type] ?? bug(`extension ${type} has no configuration here`);
    const factory = factories.extensions[type] ?? bug(`no ${type}`);
    const report = {fault: (_: unknown, message: string) => bug(message), warn() {}, listens() {}, refers() {}};
    const unstarted = factory.create(
      testSettings(),
      factory.config.read(parseYaml('', config || '{}', report)!, report),
    );
    await unstarted.stop?.();
    const log = recordingLog();
    const collector: TestCollector = await startTestCollector({
      yaml: `receivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nextensions: {${type}: ${config}}\nservice: {extensions: [${type}], pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`,
      log,
    });
    await Promise.all([collector.stop(), collector.stop()]);
    await collector.stop();
    expect(log.lines.filter(({level}) => level === 'error')).toEqual([]);
  });
});

/** `nop` gives nothing away: there is nothing to hold it to. */
const silent: readonly string[] = ['nop'];

it('contract: every receiver, processor, connector and exporter of the registry is held to it', () => {
  for (const kind of kinds) {
    if (kind === 'extensions') continue;
    const known = Object.keys(registry[kind]).filter((type) => !silent.includes(type));
    expect(Object.keys(entries[kind]).toSorted()).toEqual(known.toSorted());
  }
});

// ── The ways ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The sink of a test: how it answers, and the items it has taken. */
function behind(read: typeof servicesOf = servicesOf) {
  const out: string[] = [];
  let error: Error | undefined;
  let gate: Promise<void> | undefined;
  const take = async (batch: Parameters<typeof servicesOf>[0], tenant: string): Promise<void> => {
    // Looked at before and after the wait: a lent batch must not change as long as it is lent.
    const before = read(batch);
    await gate;
    if (error !== undefined) throw error;
    expect(read(batch)).toEqual(before);
    out.push(...before.map((service) => `${tenant}/${service}`));
  };
  return {
    out,
    take,
    refuse: (wanted: Error | undefined) => void (error = wanted),
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
  };
}

type Send = (endpoint: string, signal: Signal, body: Uint8Array, tenant: TenantId) => Promise<void>;

/** The receiver under test, before the store. */
async function received(type: string, config: string, signals: readonly Signal[], post: Send): Promise<Subject> {
  const {take, ...sink} = behind();
  const consume = (batch: Parameters<typeof take>[0], {tenant}: {tenant: string}) => take(batch, tenant);
  const collector = await startTestCollector({
    yaml: `receivers: {${type}: ${config}}\nexporters: {weft: }\nservice: {pipelines: {${signals.map((signal) => `${signal}: {receivers: [${type}], exporters: [weft]}`).join(', ')}}}`,
    sink: {traces: consume, metrics: consume, logs: consume},
  });
  const [endpoint = ''] = Object.values(collector.endpoints);
  return {
    ...sink,
    send: (signal, body, tenant) => post(endpoint, signal, body, tenant),
    stop: () => collector.stop(),
  };
}

/** A graph whose receiver is the test itself: it decodes into the memory that the pipeline gave back. */
async function piped(
  sections: string,
  path: readonly ((signal: Signal) => string)[],
  signals: readonly Signal[],
  sink: ReturnType<typeof behind>,
  log = recordingLog(),
): Promise<Subject & {readonly endpoints: Readonly<Record<string, string>>}> {
  let intake: Intake | undefined;
  const test: ReceiverFactory<object> = {
    help: '',
    signals: allSignals,
    config: object({}),
    create(_, __, given) {
      intake = given;
      return {};
    },
  };
  const {take, ...rest} = sink;
  const consume = (batch: Parameters<typeof take>[0], {tenant}: {tenant: string}) => take(batch, tenant);
  const pipelines = signals.flatMap((signal) => path.map((line) => line(signal)));
  const collector = await startTestCollector({
    yaml: `receivers: {test: }\n${sections}\nservice: {pipelines: {${pipelines.join(', ')}}}`,
    registry: {...registry, receivers: {test: async () => test}},
    sink: {traces: consume, metrics: consume, logs: consume},
    log,
  });
  return {
    ...rest,
    endpoints: collector.endpoints,
    async send(signal, body, tenant) {
      const codec = otlp[signal] as unknown as OtlpCodec<AnyBatch>;
      const {batch} = codec.decodeProto(body, intake?.spare(signal));
      await intake?.deliver({batch, context: {tenant}, transport: 'test'});
    },
    stop: () => collector.stop(),
  };
}

function processed(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  return piped(
    `processors: {${type}: ${config}}\nexporters: {weft: }`,
    [(signal) => `${signal}: {receivers: [test], processors: [${type}], exporters: [weft]}`],
    signals,
    behind(),
  );
}

function connected(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  return piped(
    `connectors: {${type}: ${config}}\nexporters: {weft: }`,
    [
      (signal) => `${signal}/in: {receivers: [test], exporters: [${type}]}`,
      (signal) => `${signal}/out: {receivers: [${type}], exporters: [weft]}`,
    ],
    signals,
    behind(),
  );
}

/** A connector that makes metrics of what it takes. */
function converted(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  return piped(
    `connectors: {${type}: ${config}}\nexporters: {weft: }`,
    [
      (signal) => `${signal}/in: {receivers: [test], exporters: [${type}]}`,
      (signal) => `metrics/of_${signal}: {receivers: [${type}], exporters: [weft]}`,
    ],
    signals,
    behind(),
  );
}

/** A connector that makes metrics (or what `made` says) of every signal, all for one pipeline. */
function tallied(type: string, config: string, signals: readonly Signal[], made: Signal = 'metrics'): Promise<Subject> {
  const out = `, ${made}/out: {receivers: [${type}], exporters: [weft]}`;
  return piped(
    `connectors: {${type}: ${config}}\nexporters: {weft: }`,
    [(signal) => `${signal}/in: {receivers: [test], exporters: [${type}]}${signal === signals[0] ? out : ''}`],
    signals,
    behind(),
  );
}

/** A connector that makes log records of the exceptions in spans, and takes those in logs: every span has one, every record is one. */
async function excepted(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const subject = await tallied(type, config, signals, 'logs');
  return {
    ...subject,
    get out() {
      return subject.out;
    },
    send(signal, body, tenant) {
      if (signal === 'logs') {
        const {batch} = otlp.logs.decodeProto(body);
        for (let row = 0; row < batch.logs.count; row++) {
          batch.logs.columns.eventName.setText(row, batch.heap, 'exception');
        }
        return subject.send(signal, otlp.logs.encodeProto(batch), tenant);
      }
      const {batch} = otlp.traces.decodeProto(body);
      for (let row = 0; row < batch.spans.count; row++) {
        const event = batch.events.add();
        const at = batch.heap.appendText('exception');
        batch.events.columns.name.setPair(event, at, batch.heap.length - at);
        batch.spans.columns.events.setPair(row, event, 1);
      }
      return subject.send(signal, otlp.traces.encodeProto(batch), tenant);
    },
  };
}

/** A connector that makes a graph of what it takes: every span is a server's that some user calls. The edges come again and again. */
async function graphed(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const subject = await piped(
    `connectors: {${type}: ${config}}\nexporters: {weft: }`,
    [
      (signal) => `${signal}/in: {receivers: [test], exporters: [${type}]}`,
      (signal) => `metrics/of_${signal}: {receivers: [${type}], exporters: [weft]}`,
    ],
    signals,
    behind(serversOf),
  );
  return {
    ...subject,
    get out() {
      return [...new Set(subject.out)];
    },
    send(signal, body, tenant) {
      const {batch} = otlp.traces.decodeProto(body);
      for (let row = 0; row < batch.spans.count; row++) batch.spans.columns.kind.set(row, 2);
      return subject.send(signal, otlp.traces.encodeProto(batch), tenant);
    },
  };
}

/** The server of each edge in a graph. */
function serversOf(batch: Lent<AnyBatch>): string[] {
  if (batch.signal !== 'metrics') return servicesOf(batch);
  const {metric, attributes} = batch.points.columns;
  return Array.from({length: batch.points.count}, (_, row) => row)
    .filter((row) => utf8(batch.metrics.columns.name.bytes(metric.get(row), batch.heap)).endsWith('_request_total'))
    .map((row) => {
      const at = findAttribute(batch, attributes, row, utf8Bytes('server'));
      return at < 0 ? '' : goText(readValue(batch, at));
    });
}

/** The exporter under test; one that sends over the network sends to another collector. */
async function exported(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const sink = behind();
  if (type === 'weft') return piped(`exporters: {${type}: ${config}}`, [path], signals, sink);
  const {take, ...rest} = sink;
  const consume = (batch: Parameters<typeof take>[0], {tenant}: {tenant: string}) => take(batch, tenant);
  const other = await startTestCollector({sink: {traces: consume, metrics: consume, logs: consume}});
  const endpoint = config
    .replace('GRPC', other.endpoints.otlp_grpc as string)
    .replace('HTTP', other.endpoints.otlp_http as string)
    .replace('ZIPKIN', other.endpoints.zipkin_http as string)
    .replace('JAEGER', other.endpoints.jaeger_grpc as string);
  const subject = await piped(`exporters: {${type}: ${endpoint}}`, [path], signals, behind());
  return {
    ...rest,
    send: subject.send,
    async stop() {
      await subject.stop();
      await other.stop();
    },
  };
}

/** The receiver under test reads from a broker of its own. */
async function receivedFromKafka(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const broker = await startBroker();
  const sender = await kafkaSender(broker.brokers, signals);
  const ours = config.replace('BROKER', broker.brokers);
  const subject = await received(type, ours, signals, (_, ...sent) => sender.send(...sent));
  let stopping: Promise<void> | undefined;
  return {
    ...subject,
    stop: () =>
      (stopping ??= (async () => {
        await subject.stop();
        await sender.stop();
        await broker.close();
      })()),
  };
}

/** The exporter under test sends to a broker, from which another collector reads. */
async function exportedToKafka(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const broker = await startBroker();
  await createTopics(
    broker.brokers,
    signals.map((signal) => defaultTopics[signal]),
  );
  const {take, ...rest} = behind();
  const consume = (batch: Parameters<typeof take>[0], {tenant}: {tenant: string}) => take(batch, tenant);
  const other = await startTestCollector({
    yaml: `receivers: {kafka: {brokers: "${broker.brokers}", initial_offset: earliest, max_fetch_wait: 5ms}}\nexporters: {weft: }\nservice: {pipelines: {${signals.map((signal) => `${signal}: {receivers: [kafka], exporters: [weft]}`).join(', ')}}}`,
    sink: {traces: consume, metrics: consume, logs: consume},
  });
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const ours = config.replace('BROKER', broker.brokers);
  const {send, stop} = await piped(`exporters: {${type}: ${ours}}`, [path], signals, behind());
  return throughKafka({...rest, send, stop}, rest.out, async () => {
    await other.stop();
    await broker.close();
  });
}

/** An exporter whose metrics are asked for: after everything that is sent, before its sender hears of it. */
async function scraped(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const subject = await piped(`exporters: {${type}: ${config}}`, [path], signals, behind());
  const out: string[] = [];
  return {
    ...subject,
    out,
    async send(signal, body, tenant) {
      await subject.send(signal, body, tenant);
      const text = await (await fetch(`http://${subject.endpoints[`${type}_http`]}/metrics`)).text();
      for (const line of text.split('\n')) {
        const [, job] = /^requests\{.*\bjob="(\w+)"/.exec(line) ?? [];
        if (job === undefined) continue;
        const item = `${/\btenant="(\w+)"/.exec(line)?.[1] ?? defaultTenant}/${job}`;
        if (!out.includes(item)) out.push(item);
      }
    },
  };
}

/** An exporter that writes to a Prometheus, which the test is. */
async function written(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const out: string[] = [];
  let error: Error | undefined;
  let gate: Promise<void> | undefined;
  const server = await startWriteServer(async (body, headers) => {
    await gate;
    if (error !== undefined) return error instanceof RetryableError ? 503 : 400;
    for (const {series} of readWriteRequest(body).series) {
      const [, job] = /^requests\{.*job="(\w+)"/.exec(series) ?? [];
      if (job !== undefined) out.push(`${headers['x-scope-orgid'] ?? defaultTenant}/${job}`);
    }
    return 204;
  });
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const subject = await piped(
    `exporters: {${type}: ${config.replace('WRITE', server.url)}}`,
    [path],
    signals,
    behind(),
  );
  return {
    send: subject.send,
    out,
    refuse: (wanted) => void (error = wanted),
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
    async stop() {
      await subject.stop();
      server.close();
    },
  };
}

/** An exporter that writes to a file. */
async function filed(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const file = join(scratch, `${type} ${Math.random()}.json`);
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const subject = await piped(
    `exporters: {${type}: ${config.replace('FILE', JSON.stringify(file))}}`,
    [path],
    signals,
    behind(),
  );
  return {
    ...subject,
    get out() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
      return lines.flatMap((line) => {
        const [signal] = allSignals.filter((each) =>
          line.includes({traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics'}[each]),
        );
        const codec = otlp[signal ?? 'traces'] as unknown as OtlpCodec<AnyBatch>;
        return servicesOf(codec.decodeJson(utf8Bytes(line)).batch).map((service) => `${defaultTenant}/${service}`);
      });
    },
  };
}

/** An exporter that pushes to a Loki, which the test is. */
async function pushed(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const out: string[] = [];
  let error: Error | undefined;
  let gate: Promise<void> | undefined;
  const server = await startWriteServer(async (body, headers) => {
    await gate;
    if (error !== undefined) return error instanceof RetryableError ? 503 : 400;
    const text = utf8(snappyDecompress(body, 1 << 20));
    for (const [, job] of text.matchAll(/job="(\w+)"/g))
      out.push(`${headers['x-scope-orgid'] ?? defaultTenant}/${job}`);
    return 204;
  });
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const subject = await piped(`exporters: {${type}: ${config.replace('LOKI', server.url)}}`, [path], signals, behind());
  return {
    send: subject.send,
    out,
    refuse: (wanted) => void (error = wanted),
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
    async stop() {
      await subject.stop();
      server.close();
    },
  };
}

/** An exporter that writes everything into the log, each item with its resource. */
async function logged(type: string, config: string, signals: readonly Signal[]): Promise<Subject> {
  const log = recordingLog();
  const path = (signal: Signal): string => `${signal}: {receivers: [test], exporters: [${type}]}`;
  const subject = await piped(`exporters: {${type}: ${config}}`, [path], signals, behind(), log);
  return {
    ...subject,
    get out() {
      return log.lines
        .flatMap(({message}) => [...message.matchAll(/-> service\.name: Str\((.*)\)$/gm)])
        .map(([, service]) => `${defaultTenant}/${service}`);
    },
  };
}

/** As an SDK sends, with the answer as the error of Weft that it stands for. */
async function sendHttp(endpoint: string, signal: Signal, body: Uint8Array, tenant: TenantId): Promise<void> {
  const answer = await fetch(`http://${endpoint}/v1/${signal}`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf', 'x-scope-orgid': tenant},
    body: new Uint8Array(body),
  });
  const said = utf8(new Uint8Array(await answer.arrayBuffer()));
  if (answer.ok) return;
  throw answer.status === 503 ? new RetryableError('answer', said) : new PermanentError('answer', said);
}

const sendGrpc = (endpoint: string, signal: Signal, body: Uint8Array, tenant: TenantId): Promise<void> =>
  callGrpc(endpoint, grpcPaths[signal], body, tenant);

const sendJaeger: Send = (endpoint, _, body, tenant) =>
  callGrpc(endpoint, postSpansPath, encodeJaegerProto(otlp.traces.decodeProto(body.slice()).batch), tenant);

const sendZipkin: Send = (endpoint, _, body, tenant) =>
  postZipkin(endpoint, 'application/json', encodeZipkinJson(otlp.traces.decodeProto(body.slice()).batch), tenant);

const sendZipkinProto: Send = (endpoint, _, body, tenant) =>
  postZipkin(
    endpoint,
    'application/x-protobuf',
    encodeZipkinProto(otlp.traces.decodeProto(body.slice()).batch),
    tenant,
  );

const sendLoki: Send = (endpoint, _, body, tenant) => {
  const services = servicesOf(otlp.logs.decodeProto(body.slice()).batch);
  const streams = services.map((service) => ({stream: {service_name: service}, values: [['1', 'a line']]}));
  return post(`${endpoint}/loki/api/v1/push`, 'application/json', utf8Bytes(JSON.stringify({streams})), tenant);
};

const postZipkin = (endpoint: string, type: string, body: Uint8Array, tenant: TenantId): Promise<void> =>
  post(`${endpoint}/api/v2/spans`, type, body, tenant);

async function post(url: string, type: string, body: Uint8Array, tenant: TenantId): Promise<void> {
  const answer = await fetch(`http://${url}`, {
    method: 'POST',
    headers: {'content-type': type, 'x-scope-orgid': tenant},
    body: new Uint8Array(body),
  });
  const said = await answer.text();
  if (answer.ok) return;
  throw answer.status === 503 ? new RetryableError('answer', said) : new PermanentError('answer', said);
}

async function callGrpc(endpoint: string, path: string, body: Uint8Array, tenant: TenantId): Promise<void> {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('x-scope-orgid', tenant);
  const bytes = (each: Buffer): Buffer => each;
  try {
    await new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), metadata, (error) => {
        if (error === null) resolve();
        else if (error.code === grpc.status.UNAVAILABLE) reject(new RetryableError('answer', error.message));
        else reject(new PermanentError('answer', error.message));
      }),
    );
  } finally {
    client.close();
  }
}
