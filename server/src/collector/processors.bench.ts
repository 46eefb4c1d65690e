/**
 * What each processor and connector costs a span: `npm run bench:processors`, or `node processors.bench.ts NAME…` for some.
 *
 * Each line is measured beside a bare pipeline that decodes the same requests (spans as in `realistic-spans.ts`, 512 a request) and
 * hands them on: bare and not bare take turns, and the medians of their rounds are compared. To add a component is to add its line.
 */
import {createSpanSource, spansPerTrace} from '../../../bench/realistic-spans.ts';
import {bug, takeBytes} from '../base/index.ts';
import {emptyMap, formatFault, parseYaml, type Report} from '../config/index.ts';
import type {Consumer, SpanBatch} from '../model/index.ts';
import {type Kind, loadFactories, reads, release, takeSpare} from '../pipeline/index.ts';
import {contextOf, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {registry} from './registry.ts';

interface Line {
  readonly name: string;
  readonly kind: Extract<Kind, 'processors' | 'connectors'>;
  readonly type: string;
  readonly config: string;
}
const processor = (name: string, config: string, type = name.split(' ', 1)[0] as string): Line => ({
  name,
  kind: 'processors',
  type,
  config,
});
const connector = (name: string, config: string): Line => ({
  name,
  kind: 'connectors',
  type: name.split(' ', 1)[0] as string,
  config,
});

const lines: readonly Line[] = [
  processor('batch', '{send_batch_size: 0}'),
  processor('attributes: 1 upsert', '{actions: [{key: deployment, value: blue, action: upsert}]}', 'attributes'),
  processor(
    'attributes: 5 actions',
    '{actions: [{key: deployment, value: blue, action: upsert}, {key: user_agent.original, action: delete}, {key: user.id, action: hash}, {key: copy, from_attribute: server.address, action: insert}, {key: server.port, action: convert, converted_type: string}]}',
    'attributes',
  ),
  processor(
    'attributes: include by regexp',
    '{include: {match_type: regexp, services: ["^gate"], span_names: ["^POST"]}, actions: [{key: a, value: 1, action: upsert}]}',
    'attributes',
  ),
  processor('resource', '{attributes: [{key: deployment.environment, value: prod, action: upsert}]}'),
  processor('resourcedetection', '{detectors: [env, process]}'),
  processor(
    'span: name from attributes',
    '{name: {from_attributes: [server.address, server.port], separator: ":"}}',
    'span',
  ),
  processor('probabilistic_sampler 10 %', '{sampling_percentage: 10}'),
  processor('probabilistic_sampler 100 %', '{sampling_percentage: 100, mode: proportional}'),
  processor(
    'redaction: values',
    '{allow_all_keys: true, blocked_values: ["4[0-9]{12}(?:[0-9]{3})?", "(5[1-5][0-9]{14})", "[a-z0-9.]+@[a-z0-9.]+[.][a-z]+"]}',
    'redaction',
  ),
  processor(
    'redaction: keys and values',
    '{allow_all_keys: true, blocked_key_patterns: [".*token.*", ".*api_key.*"], blocked_values: ["4[0-9]{12}(?:[0-9]{3})?"], summary: info}',
    'redaction',
  ),
  processor('groupbyattrs: 1 key', '{keys: [server.address]}', 'groupbyattrs'),
  processor(
    'filter: 1 condition',
    `{error_mode: ignore, traces: {span: ['attributes["http.route"] == "/health"']}}`,
    'filter',
  ),
  processor(
    'transform: 1 statement',
    `{trace_statements: ['set(span.attributes["deployment"], "blue") where span.kind == SPAN_KIND_SERVER']}`,
    'transform',
  ),
  connector('spanmetrics', '{}'),
  connector('servicegraph', '{}'),
];

const spans = 512;
const roundMs = 40;
const rounds = 15;

/** Gives one batch of spans to a consumer. */
type Run = (batch: SpanBatch) => Promise<void>;

const report: Report = {
  fault: (at, message) => {
    throw new Error(formatFault({at, message}));
  },
  warn() {},
  listens() {},
  refers() {},
};

/** The component of a line, started, in front of a consumer that only reads. */
async function start({kind, type, config}: Line): Promise<{run: Run; stop(): Promise<void>}> {
  const factories = await loadFactories(registry, (each, name) => each === kind && name === type);
  const end = reads(async () => {});
  const node = parseYaml(type, config, report) ?? emptyMap({source: type, line: 0, column: 0});
  const settings = testSettings({id: type});
  const component =
    kind === 'processors'
      ? (({config: own, create}) => create(settings, own.read(node, report), end, 'traces'))(
          factories.processors[type] ?? bug(`no processor ${type}`),
        )
      : (({config: own, create}) => create(settings, own.read(node, report), {metrics: end}, new Map()))(
          factories.connectors[type] ?? bug(`no connector ${type}`),
        );
  await component.start?.();
  return {run: runInto(component.consumer), stop: async () => component.stop?.()};
}

/** As receivers do: memory is used again. */
const runInto =
  (consumer: Consumer): Run =>
  async (batch) => {
    await consumer.consume(batch as never, contextOf());
    if (consumer.access === 'reads') release(batch);
  };

/** Microseconds of processor time a span, decoding among them. */
async function round(bodies: readonly Uint8Array[], run: Run): Promise<number> {
  const end = performance.now() + roundMs;
  const before = process.cpuUsage();
  let done = 0;
  for (; performance.now() < end; done++) {
    const source = bodies[done % bodies.length] as Uint8Array;
    const body = takeBytes(source.length);
    body.set(source);
    await run(otlp.traces.decodeProto(body, takeSpare('traces')).batch);
  }
  const {user, system} = process.cpuUsage(before);
  return (user + system) / (done * spans);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Requests of all services, one after another. */
function requests(): Uint8Array[] {
  return Array.from({length: 16}, (_, seed) => {
    const source = createSpanSource(seed + 1, spans / spansPerTrace);
    const parts = Array.from({length: spansPerTrace}, () => source.next(1_700_000_000_000_000_000n));
    return new Uint8Array(Buffer.concat(parts));
  });
}

async function bench(wanted: readonly string[]): Promise<void> {
  const bodies = requests();
  const bare = runInto(reads(async () => {}));
  console.log(`${'processor time a span'.padEnd(32)}   bare     with     more`);
  for (const line of lines) {
    if (wanted.length > 0 && !wanted.some((each) => line.name.includes(each))) continue;
    const {run, stop} = await start(line);
    const [without, within]: [number[], number[]] = [[], []];
    // The first rounds warm up.
    for (let index = 0; index < rounds + 5; index++) {
      const pair = [await round(bodies, bare), await round(bodies, run)] as const;
      if (index >= 5) {
        without.push(pair[0]);
        within.push(pair[1]);
      }
    }
    await stop();
    const [a, b] = [median(without), median(within)];
    const figures = [a, b, b - a].map((each) => `${each.toFixed(2)} µs`.padStart(8)).join(' ');
    console.log(`${line.name.padEnd(32)} ${figures}  ${`${Math.round((100 * (b - a)) / a)} %`.padStart(5)}`);
  }
}

if (import.meta.main) await bench(process.argv.slice(2));
