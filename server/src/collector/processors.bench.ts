/**
 * What each processor and connector costs a span: `npm run bench:processors`, or `node processors.bench.ts NAME…` for some.
 *
 * The last line is the pipeline of `npm run bench:pipeline` without receiver and store, spans merged into batches of 8,192.
 * Each line is measured beside a bare pipeline that decodes the same requests (spans as in `realistic-spans.ts`, 512 a request) and
 * hands them on: bare and not bare take turns, and the medians of their rounds are compared. To add a component is to add its line.
 */
import {createSpanSource, spansPerTrace} from '../../../bench/realistic-spans.ts';
import {bug, takeBytes} from '../base/index.ts';
import {emptyMap, formatFault, parseYaml, type Report} from '../config/index.ts';
import type {Consumer, SpanBatch} from '../model/index.ts';
import {type Component, type Kind, loadFactories, reads, release, takeSpare} from '../pipeline/index.ts';
import {contextOf, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {registry} from './registry.ts';

interface Part {
  readonly kind: Extract<Kind, 'processors' | 'connectors'>;
  readonly type: string;
  readonly config: string;
}
/** Processors in their order, then connectors, which all get what comes out of the last of them. */
interface Line {
  readonly name: string;
  readonly parts: readonly Part[];
}
const processor = (name: string, config: string, type = name.split(' ', 1)[0] as string): Line => ({
  name,
  parts: [{kind: 'processors', type, config}],
});
const connector = (name: string, config: string): Line => ({
  name,
  parts: [{kind: 'connectors', type: name.split(' ', 1)[0] as string, config}],
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
  {
    name: 'pipeline of them',
    parts: [
      processor(
        'attributes',
        '{actions: [{key: deployment.colour, value: blue, action: upsert}, {key: user_agent.original, action: delete}]}',
      ),
      processor(
        'filter',
        `{error_mode: ignore, traces: {span: ['attributes["url.path"] == "/healthz"', 'name == "GET /ready"']}}`,
      ),
      processor(
        'redaction',
        '{allow_all_keys: true, blocked_values: ["4[0-9]{12}(?:[0-9]{3})?", "[a-z0-9.]+@[a-z0-9.]+[.][a-z]+"]}',
      ),
      processor('batch', '{timeout: 200ms}'),
      connector('spanmetrics', '{dimensions: [{name: http.request.method}, {name: http.response.status_code}]}'),
      connector('servicegraph', '{}'),
    ].flatMap(({parts}) => parts),
  },
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

/** The components of a line, started, in front of a consumer that only reads. */
async function start({parts}: Line): Promise<{run: Run; stop(): Promise<void>}> {
  const factories = await loadFactories(registry, (kind, name) =>
    parts.some((part) => part.kind === kind && part.type === name),
  );
  const metrics = reads(async () => {});
  const components: Component[] = [];
  const started = async <C extends Component>(component: C): Promise<C> => {
    await component.start?.();
    components.unshift(component);
    return component;
  };
  const nodeOf = ({type, config}: Part) =>
    parseYaml(type, config, report) ?? emptyMap({source: type, line: 0, column: 0});
  const ends: Consumer[] = [];
  for (const part of parts.filter(({kind}) => kind === 'connectors')) {
    const {config, create} = factories.connectors[part.type] ?? bug(`no connector ${part.type}`);
    const own = config.read(nodeOf(part), report);
    ends.push((await started(create(testSettings({id: part.type}), own, {metrics}, new Map()))).consumer);
  }
  let next: Consumer = reads(async (batch, context) => {
    for (const end of ends) await end.consume(batch as never, context);
  });
  for (const part of parts.filter(({kind}) => kind === 'processors').toReversed()) {
    const {config, create} = factories.processors[part.type] ?? bug(`no processor ${part.type}`);
    const own = config.read(nodeOf(part), report);
    next = (await started(create(testSettings({id: part.type}), own, next, 'traces'))).consumer;
  }
  return {
    run: runInto(next),
    async stop() {
      for (const component of components) await component.stop?.();
    },
  };
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
  const answers: Promise<void>[] = [];
  for (; performance.now() < end; done++) {
    const source = bodies[done % bodies.length] as Uint8Array;
    const body = takeBytes(source.length);
    body.set(source);
    answers.push(run(otlp.traces.decodeProto(body, takeSpare('traces')).batch));
    // As in a receiver, the next request does not wait for the answer to this one.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(answers);
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
