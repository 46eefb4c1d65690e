/**
 * `npm run bench:instrument`: what @weft/instrument costs, against no instrumentation and against the plain
 * OpenTelemetry SDK. Every measurement is CPU time in a fresh process, variants take turns, medians are printed.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {cpus, loadavg} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {isMissing, startKafka} from '../instrument/src/testing-servers.ts';
import {median} from './measure.ts';

const turns = Number(process.argv[2] ?? 5);
/** Measures only what has this in its name: `node bench/instrument.ts 5 HTTP`. */
const only = process.argv[3] ?? '';
const child = join(import.meta.dirname, 'instrument-child.ts');
const variants = {
  none: [],
  sdk: ['--import', join(import.meta.dirname, 'instrument-plain-sdk.ts')],
  weft: ['--import', '@weft/instrument'],
} as const;
type Variant = keyof typeof variants;

/** A collector that takes everything and keeps nothing, outside of the processes that are measured. */
async function startSink(): Promise<{readonly url: string; stop(): void}> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => response.writeHead(200, {'content-type': 'application/x-protobuf'}).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const sink = await startSink();
const kafka = 'Kafka hop, batched'.includes(only) ? await startKafka() : {missing: 'not asked for'};

/** The data that leaves the process: nothing, spans, or spans and metrics (what @weft/instrument does unless told otherwise). */
type Export = 'none' | 'spans' | 'spans, metrics';

const environment = (variant: Variant, exporting: Export): NodeJS.ProcessEnv => ({
  ...process.env,
  BENCH_VARIANT: variant,
  BENCH_KAFKA: isMissing(kafka) ? '' : `${kafka.host}:${kafka.port}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  OTEL_TRACES_EXPORTER: exporting === 'none' ? 'none' : 'otlp',
  OTEL_METRICS_EXPORTER: exporting === 'spans, metrics' ? 'otlp' : 'none',
  OTEL_METRIC_EXPORT_INTERVAL: '1000', // A minute, as it is by default, would fall outside of the measurement.
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_LOG_LEVEL: 'error',
});

let dropped = 0;

async function once(name: string, variant: Variant, exporting: Export): Promise<number> {
  const process_ = spawn(process.execPath, ['--no-warnings', ...variants[variant], child, name], {
    env: environment(variant, exporting),
  });
  process_.stderr.pipe(process.stderr);
  let output = '';
  process_.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await new Promise((resolve) => process_.once('close', resolve));
  const result = JSON.parse(output) as {readonly micros: number; readonly dropped: number};
  dropped += result.dropped;
  return result.micros;
}

const micros = (value: number): string => `${value.toFixed(2)} µs`.padStart(12);

/** Median CPU time per operation of each variant; they take turns, so that a busy spell of the machine hits all alike. */
async function compare<V extends string>(
  compared: readonly V[],
  measureOne: (variant: V) => Promise<number>,
): Promise<Record<V, number>> {
  const seen = Object.fromEntries(compared.map((variant) => [variant, [] as number[]])) as Record<V, number[]>;
  for (let turn = 0; turn < turns; turn++) {
    for (const variant of compared) seen[variant].push(await measureOne(variant));
  }
  return Object.fromEntries(compared.map((variant) => [variant, median(seen[variant])])) as Record<V, number>;
}

const targets: Readonly<Record<string, number>> = {
  'sync span': 2,
  'async span': 3,
  'HTTP hop': 30,
  'Kafka hop, batched': 50,
};
const operations = [
  'sync span',
  'sync span, 4 attributes',
  'async span',
  'HTTP hop',
  'Kafka hop',
  'Kafka hop, batched',
];

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]!.toFixed(1)}\n`,
);
const measured = operations.filter((operation) => operation.includes(only));
if (measured.length > 0) {
  console.log(`CPU time per operation, median of ${turns} fresh processes each, taking turns`);
  console.log(
    '  bare: without instrumentation; + plain SDK, + weft: what each adds to that; a hop is both of its sides\n',
  );
  console.log(
    `${'operation'.padEnd(25)}${'export'.padEnd(15)}${'bare'.padStart(12)}${'+ plain SDK'.padStart(13)}${'+ weft'.padStart(12)}   weft/SDK   target`,
  );
}
for (const name of measured) {
  if (name.startsWith('Kafka') && isMissing(kafka)) {
    console.log(`${name.padEnd(25)}SKIPPED: ${kafka.missing}`);
    continue;
  }
  for (const exporting of ['none', 'spans'] as const) {
    const {none, sdk, weft} = await compare(['none', 'sdk', 'weft'], (variant) => once(name, variant, exporting));
    const target = targets[name];
    const verdict = target === undefined ? '' : `${target} µs ${weft - none <= target ? 'met' : 'MISSED'}`;
    console.log(
      `${name.padEnd(25)}${exporting.padEnd(15)}${micros(none)} ${micros(sdk - none)}${micros(weft - none)}   ${((weft - none) / (sdk - none)).toFixed(2).padStart(8)}   ${verdict}`,
    );
  }
}
if ('HTTP hop'.includes(only)) {
  const {none, weft} = await compare(['none', 'weft'], (variant) => once('HTTP hop', variant, 'spans, metrics'));
  console.log(`${'HTTP hop'.padEnd(25)}${'spans, metrics'}${micros(none)} ${'—'.padStart(12)}${micros(weft - none)}`);
}
if (measured.length > 0) console.log(`Spans dropped by weft while measured: ${dropped}\n`);

const floors = 'sync span, async span'.includes(only)
  ? ([
      ['floor: empty context', 'AsyncLocalStorage.run alone'],
      ['floor: sync span', 'run, two clocks, a number for an id, a record kept, dropped 512 at a time'],
      ['floor: async span', 'the same around an async function'],
    ] as const)
  : [];
if (floors.length > 0)
  console.log(
    'What cannot be gone below with an active span in AsyncLocalStorage, bare (weft adds to a call as above)',
  );
for (const [name, what] of floors) {
  const {none} = await compare(['none'], (variant) => once(name, variant, 'none'));
  console.log(`${name.padEnd(25)}${micros(none)}   ${what}`);
}

/** The share of one core that an HTTP server uses at a steady 1,000 requests a second. */
async function shareAtLoad(variant: Variant, sampled: string, exporting: Export = 'spans'): Promise<number> {
  const env = {
    ...environment(variant, exporting),
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: sampled,
  };
  const server: ChildProcess = spawn(process.execPath, ['--no-warnings', ...variants[variant], child, 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({input: server.stdout!})[Symbol.asyncIterator]();
  const port = Number(String((await lines.next()).value).slice(5));
  await load(port, 2);
  server.kill('SIGUSR2');
  await load(port, 5);
  server.kill('SIGTERM');
  return Number((await lines.next()).value);
}

/** 10 requests every 10 ms, whatever the answers do. */
async function load(port: number, seconds: number): Promise<void> {
  const {Agent} = await import('node:http');
  const agent = new Agent({keepAlive: true, maxSockets: 64});
  const start = performance.now();
  for (let tick = 0; tick < seconds * 100; tick++) {
    for (let index = 0; index < 10; index++) {
      request({port, host: '127.0.0.1', agent, path: '/orders/1'}, (response) => response.resume())
        .on('error', () => {})
        .end();
    }
    await sleep(Math.max(0, start + (tick + 1) * 10 - performance.now()));
  }
  agent.destroy();
}

const loads =
  only === '' || only === 'load'
    ? ([
        ['1', 'spans'],
        ['0.1', 'spans'],
        ['0.1', 'spans, metrics'],
      ] as const)
    : [];
if (loads.length > 0) {
  console.log('\nShare of one core at 1,000 HTTP requests/s (server side): the bare server, and what is added to it');
}
for (const [sampled, exporting] of loads) {
  const compared: readonly Variant[] = exporting === 'spans' ? ['none', 'sdk', 'weft'] : ['none', 'weft'];
  const share = await compare(compared, (variant) => shareAtLoad(variant, sampled, exporting));
  const more = compared.slice(1).map((variant) => {
    const name = variant === 'sdk' ? 'plain SDK' : 'weft';
    return `${name} +${(share[variant] - share.none).toFixed(2)} %`;
  });
  const what = `${Number(sampled) * 100} % of traces kept, export of ${exporting}`;
  console.log(`  ${what.padEnd(48)}bare ${share.none.toFixed(2)} %, ${more.join(', ')}`);
}
if (!isMissing(kafka)) await kafka.stop();
sink.stop();
