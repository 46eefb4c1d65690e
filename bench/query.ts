/**
 * How fast questions are answered over many spans: `npm run bench:query [-- --spans 10000000 --rounds 30 --data DIR --only PATTERN]`.
 * With `--data` the store is kept there and used again by the next run.
 *
 * Spans as in `realistic-spans.ts`, an hour of them up to now, written by the server's own decoder, writer and spool; questions go
 * over HTTP. Times are of whole answers; beside them the engine's processor time, which a busy machine does not distort. Every
 * round asks for something else, so that no cache answers.
 */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {type Control, createApi} from '../server/src/api/index.ts';
import {createMeter, defaultTenant, silentLog, systemClock, toHex, utf8} from '../server/src/base/index.ts';
import {createEmbeddedEngine} from '../server/src/engine/index.ts';
import {readAttributes, type SpanBatch} from '../server/src/model/index.ts';
import {createSpool} from '../server/src/spool/index.ts';
import {createReader, createStoreSink, migrate} from '../server/src/store/index.ts';
import {otlp} from '../server/src/wire/index.ts';
import {createSpanSource, spansPerTrace} from './realistic-spans.ts';

const {values: options} = parseArgs({
  options: {
    spans: {type: 'string', default: '10000000'},
    rounds: {type: 'string', default: '30'},
    data: {type: 'string'},
    only: {type: 'string', default: ''},
  },
});
const wanted = Number(options.spans);
const rounds = Number(options.rounds);
const directory = options.data ?? mkdtempSync(join(tmpdir(), 'weft-bench-'));
mkdirSync(directory, {recursive: true});

/** Values to ask for, picked from the spans that were written. */
interface Known {
  readonly traceIds: string[];
  readonly orderIds: string[];
  readonly userIds: string[];
}
const knownFile = join(directory, 'known.json');

const engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
await engine.start();
await migrate(engine, silentLog);
const known = existsSync(knownFile) ? (JSON.parse(readFileSync(knownFile, 'utf8')) as Known) : await fill();
const api = await createApi({
  source: createReader({client: engine.client, clock: systemClock}),
  // Nothing else is asked for here.
  control: {
    readiness: async () => ({reasons: [], degraded: [], startedUnixNano: '1'}),
    metrics: async () => [],
  } satisfies Partial<Control> as unknown as Control,
  meter: createMeter(),
  log: silentLog,
  uiDirectory: undefined,
  loopback: true,
});
const base = await api.listen({host: '127.0.0.1', port: 0});
try {
  await measureAll();
} finally {
  await api.close();
  await engine.stop();
  if (options.data === undefined) rmSync(directory, {recursive: true});
}

async function fill(): Promise<Known> {
  const spool = createSpool({directory: join(directory, 'spool'), engine, log: silentLog});
  await spool.start();
  const sink = createStoreSink(spool);
  const perRequest = 512;
  const source = createSpanSource(1, perRequest);
  const group = perRequest * spansPerTrace;
  const groups = Math.ceil(wanted / group);
  const hour = 3_600_000_000_000n;
  const begin = BigInt(Date.now()) * 1_000_000n - hour;
  const step = hour / BigInt(groups * perRequest);
  const found: Known = {traceIds: [], orderIds: [], userIds: []};
  const started = performance.now();
  for (let i = 0; i < groups; i++) {
    const now = begin + BigInt(i * perRequest) * step;
    const batches = Array.from({length: spansPerTrace}, () => otlp.traces.decodeProto(source.next(now, step)).batch);
    if (i % Math.ceil(groups / 200) === 0) for (const batch of batches) note(found, batch);
    await Promise.all(batches.map((batch) => sink.consume(batch, {tenant: defaultTenant})));
    if (i % 200 === 199) {
      await spool.flush();
      const rate = ((i + 1) * group) / (performance.now() - started);
      process.stdout.write(
        `\rwritten: ${((i + 1) * group).toLocaleString('en')} spans, ${rate.toFixed(0)} thousand a second `,
      );
    }
  }
  await spool.flush();
  await spool.stop();
  process.stdout.write('\n');
  writeFileSync(knownFile, JSON.stringify(found));
  return found;
}

function note(found: Known, batch: SpanBatch): void {
  const {traceId, attributes} = batch.spans.columns;
  found.traceIds.push(toHex(traceId.get(0)));
  for (const {key, value} of readAttributes(batch, attributes.from(0), attributes.count(0))) {
    if (value.type !== 'string') continue;
    if (key === 'order.id') found.orderIds.push(value.value);
    if (key === 'user.id') found.userIds.push(value.value);
  }
}

async function measureAll(): Promise<void> {
  const answer = await engine.client.query({
    query: `SELECT toFloat64(sum(rows)) AS rows, toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(count()) AS parts
      FROM system.parts WHERE active AND table = 'spans'`,
    format: 'JSONEachRow',
  });
  const [size] = await answer.json<{rows: number; bytes: number; parts: number}>();
  const times = await engine.client.query({
    query: `SELECT toString(toUnixTimestamp64Nano(min(start_time))) AS first, toString(toUnixTimestamp64Nano(max(start_time))) AS last FROM spans`,
    format: 'JSONEachRow',
  });
  const [{first, last}] = (await times.json()) as [{first: string; last: string}];
  /** All that is stored, begun elsewhere each time. */
  const everything = (): string => `start=${BigInt(first) - BigInt(Math.ceil(Math.random() * 1e9))}&end=${last}`;
  console.log(
    `${size?.rows.toLocaleString('en')} spans, ${((size?.bytes ?? 0) / (size?.rows ?? 1)).toFixed(1)} bytes a span in ${size?.parts} parts`,
  );
  const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
  const attribute = (key: string, value: string): string =>
    `/api/weft/v1/traces?attribute=${encodeURIComponent(`${key}=${value}`)}&limit=${20 + Math.floor(Math.random() * 3)}`;
  const ms = (from: number): string => `${(from + Math.random() * 5).toFixed(3)}ms`;
  const lastHour = (): string => `start=${(Date.now() - 3_600_000) * 1000}&end=${Date.now() * 1000}`;
  const questions: Readonly<Record<string, () => string>> = {
    'trace by id, Jaeger': () => `/api/traces/${pick(known.traceIds)}`,
    'trace by id, waterfall': () => `/api/weft/v1/traces/${pick(known.traceIds)}`,
    'search: newest': () => `/api/weft/v1/traces?limit=${20 + Math.floor(Math.random() * 3)}`,
    'order: newest': () => `/api/weft/v1/traces?order=newest&limit=100&${everything()}`,
    'order: longest': () => `/api/weft/v1/traces?order=longest&limit=100&${everything()}`,
    'order: most spans': () => `/api/weft/v1/traces?order=spans&limit=100&${everything()}`,
    'order: most errors': () => `/api/weft/v1/traces?order=errors&limit=100&${everything()}`,
    'order: longest of a service': () => `/api/weft/v1/traces?order=longest&service=payment&limit=100&${everything()}`,
    'traces: longer than 175 ms': () =>
      `/api/weft/v1/traces?minTraceDuration=${(175 + Math.random()).toFixed(3)}ms&${everything()}`,
    'traces: longer than an hour, none': () =>
      `/api/weft/v1/traces?minTraceDuration=${3600 + Math.floor(Math.random() * 100)}s&${everything()}`,
    'traces: failed, none': () => `/api/weft/v1/traces?outcome=failed&${everything()}`,
    heatmap: () => `/api/weft/v1/traces/heatmap?columns=200&${everything()}`,
    'heatmap of a service': () => `/api/weft/v1/traces/heatmap?columns=200&service=payment&${everything()}`,
    'search: compared, none': () =>
      `/api/weft/v1/traces?attribute=http.response.status_code%3E%3D${500 + Math.floor(Math.random() * 100)}&${everything()}`,
    'search: service, duration': () => `/api/weft/v1/traces?service=payment&minDuration=${ms(50)}`,
    'search: service, duration, none': () => `/api/weft/v1/traces?service=payment&minDuration=${ms(9000)}`,
    'search: service, duration, Jaeger': () =>
      `/api/traces?service=payment&minDuration=${ms(50)}&limit=20&${lastHour()}`,
    'search: rare attribute (order.id)': () => attribute('order.id', pick(known.orderIds)),
    'search: rare attribute (user.id)': () => attribute('user.id', pick(known.userIds)),
    'search: common attribute': () => attribute('http.request.method', 'POST'),
    'search: common resource attribute': () => attribute('deployment.environment.name', 'production'),
    'search: attribute that is not there': () => attribute('user.id', `nobody-${Math.random()}`),
    'search: error, Jaeger': () => `/api/traces?service=payment&tag=error:true&limit=20&${lastHour()}`,
    'search: 12 tags of the resource, none': () =>
      `/api/traces?service=payment&limit=20&${lastHour()}${Array.from({length: 12}, (_, i) => `&tag=resource.k${i}:${Math.random()}`).join('')}`,
    'search: tag that is nowhere, Jaeger': () =>
      `/api/traces?service=payment&tag=nowhere:${Math.random()}&limit=20&${lastHour()}`,
    'spans: newest': () => `/api/weft/v1/spans?limit=100&${everything()}`,
    'spans: longest': () => `/api/weft/v1/spans?order=longest&limit=100&${everything()}`,
    'spans: longest, two columns': () =>
      `/api/weft/v1/spans?order=longest&limit=100&columns=http.route&columns=user.id&${everything()}`,
    'spans: longest of a common attribute': () =>
      `/api/weft/v1/spans?order=longest&limit=100&attribute=http.request.method%3DPOST&${everything()}`,
    'spans: attribute that is not there': () =>
      `/api/weft/v1/spans?order=longest&attribute=user.id%3Dnobody-${Math.random()}&${everything()}`,
    'groups: service': () => `/api/weft/v1/spans/groups?by=service&${everything()}`,
    'groups: version': () => `/api/weft/v1/spans/groups?by=version&${everything()}`,
    'groups: attribute': () => `/api/weft/v1/spans/groups?by=http.route&${everything()}`,
    'groups: attribute, of a service': () => `/api/weft/v1/spans/groups?by=http.route&service=payment&${everything()}`,
    'groups: attribute of a million values': () => `/api/weft/v1/spans/groups?by=order.id&${everything()}`,
    'groups: attribute that is not there': () => `/api/weft/v1/spans/groups?by=nowhere&${everything()}`,
    services: () => '/api/services',
    operations: () => '/api/operations?service=payment',
    'attribute keys': () => '/api/weft/v1/attributes?service=payment',
    'attribute values': () => '/api/weft/v1/attributes/values?key=http.route',
    'rate, errors, duration': () => `/api/weft/v1/services/red?${everything()}`,
    'rate, errors, duration, 60 points': () => `/api/weft/v1/services/red?points=60&${everything()}`,
    'rate, errors, duration of a version': () => `/api/weft/v1/services/red?version=2.4.1&${everything()}`,
    'rate, errors, duration of operations': () => `/api/weft/v1/operations/red?service=payment&${everything()}`,
    find: () => `/api/weft/v1/find?text=${pick(['ord', 'pay', 'http', 'POST', 'x'])}`,
  };
  console.log(`${'question'.padEnd(38)} ${'P50'.padStart(8)} ${'P99'.padStart(8)} ${'engine CPU'.padStart(12)}`);
  for (const [name, question] of Object.entries(questions)) {
    if (new RegExp(options.only).test(name)) await measure(name, question);
  }
}

async function measure(name: string, question: () => string): Promise<void> {
  const times: number[] = [];
  const before = processorMs();
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const response = await fetch(base + question());
    const body = await response.bytes();
    times.push(performance.now() - started);
    if (!response.ok) throw new Error(`${response.status}: ${utf8(body)}`);
  }
  const processor = (processorMs() - before) / rounds;
  times.sort((a, b) => a - b);
  const at = (share: number): string =>
    `${(times[Math.min(rounds - 1, Math.floor(rounds * share))] as number).toFixed(1)} ms`;
  console.log(
    `${name.padEnd(38)} ${at(0.5).padStart(8)} ${at(0.99).padStart(8)} ${`${processor.toFixed(0)} ms`.padStart(12)}`,
  );
}

/** Processor time of the engine process so far (Linux; elsewhere 0). */
function processorMs(): number {
  try {
    const fields = readFileSync(`/proc/${engine.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
