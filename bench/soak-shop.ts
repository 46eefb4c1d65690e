/**
 * The demo as a user starts it, watched from outside for an hour (`--minutes`): does it stay within its memory and its
 * share of a core, and does anything grow? Samples every process each half minute into a CSV file (`--csv`), and prints
 * for each: memory at the start, in the middle and at the end, the slope of its resident memory over the second half, CPU.
 */
import {spawn} from 'node:child_process';
import {createWriteStream, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {measureProcesses} from './processes.ts';
import {machine, sleep} from './running-weft.ts';
import {type Line, slopeOf} from './slope.ts';

const budget = {mib: 1536, cores: 0.5};
const mibOf = (bytes: number): number => bytes / 2 ** 20;

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '60'},
    load: {type: 'string', default: 'steady'},
    /** Seconds between samples. */
    every: {type: 'string', default: '30'},
    csv: {type: 'string'},
    data: {type: 'string'},
  },
});
const minutes = Number(values.minutes);
const everyMs = Number(values.every) * 1000;
const directory = values.data ?? mkdtempSync(join(tmpdir(), 'weft-soak-'));
const csvFile = values.csv ?? join(tmpdir(), `weft-soak-${process.pid}.csv`);

interface Sample {
  readonly seconds: number;
  /** Name → memory (PSS: what is shared counts once in all), resident memory, CPU seconds so far. */
  readonly processes: ReadonlyMap<string, {readonly pss: number; readonly rss: number; readonly cpuSeconds: number}>;
}

const {pid, storefront, stop} = await startDemo();
const csv = createWriteStream(csvFile);
csv.write('seconds,process,pss_mib,rss_mib,cpu_seconds\n');
console.log(
  `${machine()}\n./weft demo --load ${values.load}, ${minutes} min, every ${values.every} s, into ${csvFile}`,
);
process.once('SIGINT', () => void stop().then(() => process.exit(130)));

const started = performance.now();
const samples: Sample[] = [];
for (let next = 0; next <= minutes * 60_000; next += everyMs) {
  await sleep(Math.max(0, next - (performance.now() - started)));
  const sample = {seconds: (performance.now() - started) / 1000, processes: measureProcesses(pid, nameOf)};
  samples.push(sample);
  for (const [name, {pss, rss, cpuSeconds}] of sample.processes) {
    const cells = [
      sample.seconds.toFixed(1),
      name,
      mibOf(pss).toFixed(1),
      mibOf(rss).toFixed(1),
      cpuSeconds.toFixed(2),
    ];
    csv.write(`${cells.join(',')}\n`);
  }
}
const counts = await requestCounts();
await stop();
csv.end();
report();

/** The demo on free ports; `stop` ends it and forgets its data. */
async function startDemo() {
  const cli = join(import.meta.dirname, '../server/src/main/cli.ts');
  const child = spawn(process.execPath, [cli, 'demo', '--free-ports', '--data', directory, '--load', values.load], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({input: child.stdout}).on('line', (line) => {
      const found = /demo shop: (\S+),/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
  });
  return {
    pid: child.pid as number,
    storefront: url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, {recursive: true, force: true});
    },
  };
}

/** The part of the demo that a command line is; `undefined` is a part of its parent. */
function nameOf(commandLine: string): string | undefined {
  const service = /run-service\.ts (\w+)/.exec(commandLine)?.[1];
  if (service !== undefined) return service;
  const shopPart = /shop\/src\/(\w+)\.ts/.exec(commandLine)?.[1];
  if (shopPart !== undefined) return shopPart;
  if (/cli\.ts demo/.test(commandLine)) return 'weft';
  return /server\/src\/store/.test(commandLine) ? 'weft engine' : undefined;
}

/** Route and status → requests that the gateway answered, by its own metrics. */
async function requestCounts(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${storefront}/metrics`)).text();
  const sum = new Map<string, number>();
  for (const [, labels = '', count] of text.matchAll(/^shop_request_duration_seconds_count\{(.*?)\} (\d+)/gm)) {
    const label = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const key = `${label('method')} ${label('route')} ${label('status')}`;
    sum.set(key, (sum.get(key) ?? 0) + Number(count));
  }
  return sum;
}

function report(): void {
  const at = (share: number): Sample => samples[Math.round(share * (samples.length - 1))] as Sample;
  const [first, middle, last] = [at(0), at(0.5), at(1)];
  const hour = 3600;
  const row = (cells: readonly string[]): void =>
    console.log(cells.map((cell, n) => (n === 0 ? cell.padEnd(14) : cell.padStart(13))).join(''));
  row(['MiB (PSS)', 'start', 'middle', 'end', 'resident end', 'MiB/h, half 2', 'CPU %']);
  const line = (name: string, names: readonly string[]): {mib: number; cores: number} => {
    const sum = (sample: Sample, field: 'pss' | 'rss' | 'cpuSeconds'): number =>
      names.reduce((total, each) => total + (sample.processes.get(each)?.[field] ?? 0), 0);
    const memory = (sample: Sample): number => mibOf(sum(sample, 'pss'));
    const cores = (sum(last, 'cpuSeconds') - sum(first, 'cpuSeconds')) / (last.seconds - first.seconds);
    const half = samples.slice(Math.floor(samples.length / 2));
    const slope: Line = slopeOf(half.map((sample) => ({x: sample.seconds / hour, y: mibOf(sum(sample, 'rss'))})));
    row([
      name,
      ...[first, middle, last].map((sample) => memory(sample).toFixed(0)),
      mibOf(sum(last, 'rss')).toFixed(0),
      `${slope.slope.toFixed(1)} ± ${slope.error.toFixed(1)}`,
      (cores * 100).toFixed(1),
    ]);
    return {mib: Math.max(...samples.map(memory)), cores};
  };
  const names = [...last.processes.keys()];
  for (const name of names) line(name, [name]);
  const shop = line(
    'the shop',
    names.filter((name) => !name.startsWith('weft')),
  );
  line('all', names);
  console.log('\nanswered by the gateway:');
  for (const [key, count] of [...counts].sort()) console.log(`  ${key}: ${count}`);
  console.log(
    `\nthe shop at most ${shop.mib.toFixed(0)} MiB (budget ${budget.mib}), ${shop.cores.toFixed(2)} cores (budget ${budget.cores})`,
  );
  if (shop.mib > budget.mib || shop.cores > budget.cores) process.exitCode = 1;
}
