/**
 * Weft's receiver and exporter on Apache Kafka, with every way to log in, with KafkaJS and the clients of Python on the other side,
 * and two Wefts in one consumer group of which one is killed. Skipped where KAFKA_HOME names no Kafka.
 */
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {Kafka, logLevel} from 'kafkajs';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {type RunningWeft, startWeft, until} from '../harness.ts';
import {login, type SecureBroker, startSecureBroker} from './broker.ts';
import {prepare} from './clients.ts';
import {startRecorder} from './recorder.ts';

let found: Awaited<ReturnType<typeof startSecureBroker>>;
let broker: SecureBroker;
let kafka: Kafka;
beforeAll(async () => {
  found = await startSecureBroker();
  if ('missing' in found) return;
  broker = found;
  kafka = new Kafka({clientId: 'e2e', brokers: [broker.plain], logLevel: logLevel.NOTHING});
});
afterAll(async () => {
  if ('stop' in found) await found.stop();
});

const withKafka = (title: string, run: (context: {skip(note: string): void}) => Promise<void>): void =>
  it(title, async (context) => {
    if ('missing' in found) return context.skip(found.missing);
    await run(context);
  });

const weft = (yaml: string): Promise<RunningWeft> => startWeft({args: ['--config', `yaml:${yaml}`]});

/** Sends what it is given on, one batch after the other, and answers when it is there. */
const onward = (endpoint: string, member: string): string =>
  `otlphttp/${member}: {endpoint: "${endpoint}", encoding: json, compression: none, headers: {x-member: ${member}}, sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}`;

let ids = 0;
/** An OTLP request in JSON with one span of each name. */
const request = (...names: readonly string[]): string =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: names.map((name) => ({
              traceId: (++ids).toString(16).padStart(32, '0'),
              spanId: ids.toString(16).padStart(16, '0'),
              name,
              startTimeUnixNano: `${Date.now()}000000`,
              endTimeUnixNano: `${Date.now()}000000`,
            })),
          },
        ],
      },
    ],
  });

async function createTopics(...topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({topics: topics.map((topic) => ({topic, numPartitions: 4})), waitForLeaders: true});
  await admin.disconnect();
}

withKafka(
  'Kafka and Weft: it logs in by PLAIN, SCRAM and a token, in the clear and over TLS, to write and to read',
  async () => {
    await using recorder = await startRecorder();
    const user = `username: ${login.username}, password: ${login.password}`;
    const tls = `tls: {ca_file: "${broker.caFile}"}`;
    const ways = {
      open: `brokers: ["${broker.plain}"]`,
      plain: `brokers: ["${broker.sasl}"], auth: {sasl: {mechanism: PLAIN, ${user}}}`,
      older: `brokers: ["${broker.sasl}"], auth: {plain_text: {${user}}}`,
      scram256: `brokers: ["${broker.sasl}"], auth: {sasl: {mechanism: SCRAM-SHA-256, ${user}}}`,
      scram512: `brokers: ["${broker.tls}"], ${tls}, auth: {sasl: {mechanism: SCRAM-SHA-512, ${user}}}`,
      token: `brokers: ["${broker.tls}"], ${tls}, auth: {sasl: {mechanism: OAUTHBEARER, oauthbearer_token_source: bearertokenauth}}`,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const token = `${part({alg: 'none'})}.${part({sub: login.username, iat: now, exp: now + 3600})}.`;
    const names = Object.keys(ways);
    await createTopics(...names.map((name) => `way-${name}`));
    const kafkas = Object.entries(ways).map(([name, way]) => ({name, way}));
    await using running = await weft(`
extensions:
  bearertokenauth: {token: "${token}"}
receivers:
  otlp: {protocols: {http: }}
${kafkas.map(({name, way}) => `  kafka/${name}: {${way}, traces: {topics: [way-${name}]}, initial_offset: earliest, group_id: ${name}}`).join('\n')}
exporters:
${kafkas.map(({name, way}) => `  kafka/${name}: {${way}, traces: {topic: way-${name}}, producer: {compression: zstd, required_acks: all}}`).join('\n')}
${names.map((name) => `  ${onward(recorder.endpoint, name)}`).join('\n')}
service:
  extensions: [bearertokenauth]
  pipelines:
    traces: {receivers: [otlp], exporters: [${names.map((name) => `kafka/${name}`).join(', ')}]}
${names.map((name) => `    traces/${name}: {receivers: [kafka/${name}], exporters: [otlphttp/${name}]}`).join('\n')}
`);
    const sent = await fetch(`http://${running.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: request('around'),
    });
    expect(sent.status).toBe(200);
    await until(() => recorder.spans.length >= names.length);
    expect(recorder.spans.map(({member}) => member).toSorted()).toEqual(names.toSorted());
  },
);

withKafka(
  'Kafka and Weft: two in a group, one of them killed: what it had is read by the other, and nothing is lost',
  async () => {
    await using recorder = await startRecorder();
    await createTopics('shared');
    const member = (name: string): Promise<RunningWeft> =>
      weft(`
receivers:
  kafka: {brokers: ["${broker.plain}"], traces: {topics: [shared], encoding: otlp_json}, group_id: shared, initial_offset: earliest, session_timeout: 2s, heartbeat_interval: 100ms}
exporters: {${onward(recorder.endpoint, name)}}
service: {pipelines: {traces: {receivers: [kafka], exporters: [otlphttp/${name}]}}}
`);
    const [killed, staying] = await Promise.all([member('killed'), member('staying')]);
    await using _ = staying;
    const producer = kafka.producer();
    await producer.connect();
    const sent: string[] = [];
    const produce = async (): Promise<void> => {
      const messages = Array.from({length: 20}, () => {
        const name = `n${sent.length}`;
        sent.push(name);
        return {key: name, value: request(name)};
      });
      await producer.send({topic: 'shared', messages, acks: -1});
    };
    const of = (name: string): number => recorder.spans.filter((each) => each.member === name).length;
    // Both have a share, and the one that goes has work under way.
    await until(async () => {
      await produce();
      return of('killed') > 100 && of('staying') > 100;
    });
    for (let i = 0; i < 20; i++) await produce();
    process.kill(killed.pid, 'SIGKILL');
    for (let i = 0; i < 20; i++) await produce();
    await producer.disconnect();
    const seen = (): Set<string> => new Set(recorder.spans.map(({name}) => name));
    await until(() => seen().size === sent.length);
    await killed.stop();

    const by = new Map<string, string[]>();
    for (const {name, member: who} of recorder.spans) by.set(name, [...(by.get(name) ?? []), who]);
    const twice = [...by.values()].filter((members) => members.length > 1);
    // Only what moved from one to the other while it was under way, and what the killed one had not committed yet.
    console.log(`killed in a group: ${sent.length} sent, ${twice.length} came twice`);
    expect(twice.filter((members) => !members.includes('killed'))).toEqual([]);
  },
);

const python = [
  {library: 'kafka-python', codec: 'gzip'},
  {library: 'confluent-kafka', codec: 'lz4'},
];
for (const {library, codec} of python) {
  withKafka(`Kafka and Weft: ${library} reads what Weft writes, and Weft what ${library} writes`, async (context) => {
    const client = prepare('python', library);
    if ('missing' in client) return context.skip(`${library} cannot be had here: ${client.missing}`);
    const [command, ...args] = client.run;
    await createTopics(`${library}-in`, `${library}-out`);
    await using recorder = await startRecorder();
    await using _ = await weft(`
receivers:
  kafka: {brokers: ["${broker.plain}"], traces: {topics: [${library}-in], encoding: otlp_json}, group_id: ${library}, initial_offset: earliest}
exporters:
  kafka: {brokers: ["${broker.plain}"], traces: {topic: ${library}-out, encoding: otlp_json}, partition_traces_by_id: true, producer: {compression: ${codec}}}
  ${onward(recorder.endpoint, 'weft')}
service: {pipelines: {traces: {receivers: [kafka], exporters: [kafka, otlphttp/weft]}}}
`);
    const names = ['one', 'two', 'three'];
    const child = spawn(
      command,
      [...args.slice(0, -1), 'weft.py', broker.plain, library, codec, `${library}-in`, `${library}-out`],
      {cwd: join(import.meta.dirname, 'python'), stdio: ['pipe', 'pipe', 'inherit'], timeout: 90_000},
    );
    child.stdin.end(names.map((name) => request(name)).join('\n'));
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    expect(await new Promise((resolve) => child.on('close', resolve)), stdout).toBe(0);
    await until(() => recorder.spans.length >= names.length);
    expect(recorder.spans.map(({name}) => name).toSorted()).toEqual(names.toSorted());
    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as {readonly key: string; readonly value: string});
    const spans = messages.map(({key, value}) => {
      const [span] = JSON.parse(value).resourceSpans[0].scopeSpans[0].spans;
      expect(key).toBe(span.traceId);
      return span.name;
    });
    expect(spans.toSorted()).toEqual(names.toSorted());
  });
}
