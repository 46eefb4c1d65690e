/**
 * `npm run bench:instrument`: what @weft/instrument costs, against no instrumentation and against the plain
 * OpenTelemetry SDK. Every measurement is CPU time in a fresh process, variants take turns, medians are printed.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {isMissing, startKafka} from '../instrument/src/testing-servers.ts';

const turns = Number(process.argv[2] ?? 5);
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
const kafka = await startKafka();

const environment = (variant: Variant, exporting: boolean): NodeJS.ProcessEnv => ({
  ...process.env,
  BENCH_VARIANT: variant,
  BENCH_KAFKA: isMissing(kafka) ? '' : `${kafka.host}:${kafka.port}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  OTEL_TRACES_EXPORTER: exporting ? 'otlp' : 'none',
  OTEL_METRICS_EXPORTER: 'none', // The plain SDK of the comparison has neither of these two.
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_LOG_LEVEL: 'error',
});

async function once(name: string, variant: Variant, exporting: boolean): Promise<number> {
  const process_ = spawn(process.execPath, ['--no-warnings', ...variants[variant], child, name], {
    env: environment(variant, exporting),
  });
  process_.stderr.pipe(process.stderr);
  let output = '';
  process_.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await new Promise((resolve) => process_.once('close', resolve));
  return JSON.parse(output) as number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const micros = (value: number): string => `${value.toFixed(2)} µs`.padStart(11);

/** Median CPU time per operation of each variant; they take turns, so that a busy spell of the machine hits all alike. */
async function compare(measureOne: (variant: Variant) => Promise<number>): Promise<Record<Variant, number>> {
  const seen: Record<Variant, number[]> = {none: [], sdk: [], weft: []};
  for (let turn = 0; turn < turns; turn++) {
    for (const variant of ['none', 'sdk', 'weft'] as const) seen[variant].push(await measureOne(variant));
  }
  return {none: median(seen.none), sdk: median(seen.sdk), weft: median(seen.weft)};
}

const targets: Readonly<Record<string, number>> = {
  'sync span': 2,
  'async span': 3,
  'HTTP hop': 30,
  'Kafka hop, batched': 50,
};

console.log(`Added CPU time per operation, median of ${turns} fresh processes each, taking turns\n`);
console.log(
  `${'operation'.padEnd(26)}${'export'.padEnd(8)}${'bare'.padStart(11)}${'+ plain SDK'.padStart(13)}${'+ weft'.padStart(11)}   weft/SDK   target`,
);
for (const name of [
  'sync span',
  'sync span, 4 attributes',
  'async span',
  'HTTP hop',
  'Kafka hop',
  'Kafka hop, batched',
]) {
  if (name.startsWith('Kafka') && isMissing(kafka)) {
    console.log(`${name.padEnd(26)}SKIPPED: ${kafka.missing}`);
    continue;
  }
  for (const exporting of [false, true]) {
    const {none, sdk, weft} = await compare((variant) => once(name, variant, exporting));
    const target = targets[name];
    const verdict = target === undefined ? '' : `${target} µs ${weft - none <= target ? 'met' : 'MISSED'}`;
    console.log(
      `${name.padEnd(26)}${(exporting ? 'yes' : 'no').padEnd(8)}${micros(none)}  ${micros(sdk - none)}${micros(weft - none)}   ${((weft - none) / (sdk - none)).toFixed(2).padStart(8)}   ${verdict}`,
    );
  }
}

/** The share of one core that an HTTP server uses at a steady 1,000 requests a second. */
async function shareAtLoad(variant: Variant, sampled: string): Promise<number> {
  const env = {
    ...environment(variant, true),
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

console.log('\nShare of one core at 1,000 HTTP requests/s (server side), added to the bare server');
for (const sampled of ['1', '0.1']) {
  const {none, sdk, weft} = await compare((variant) =>
    variant === 'sdk' && sampled !== '1' ? Promise.resolve(Number.NaN) : shareAtLoad(variant, sampled),
  );
  const plain = Number.isNaN(sdk) ? '' : `, plain SDK +${(sdk - none).toFixed(2)} %`;
  console.log(
    `  ${Number(sampled) * 100} % of traces kept: bare ${none.toFixed(2)} %, weft +${(weft - none).toFixed(2)} %${plain}`,
  );
}
if (!isMissing(kafka)) await kafka.stop();
sink.stop();
