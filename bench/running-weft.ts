/** A Weft of its own for a benchmark: started as a user starts it, measured from outside through /proc. */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {cpus, tmpdir, totalmem} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
/** Kernel ticks are hundredths of a second on every Linux that we run on. */
const tickMicros = 10_000;

export interface MeasuredWeft {
  readonly directory: string;
  readonly endpoints: Readonly<Record<string, string>>;
  /** From the start of the command to readiness. */
  readonly readyMs: number;
  /** CPU time so far in microseconds: of Weft itself, of its engine. */
  cpu(): {readonly weft: number; readonly engine: number};
  /** Bytes resident now and at most. */
  memory(): {readonly weft: number; readonly engine: number; readonly weftPeak: number; readonly enginePeak: number};
  /** Of each process now: bytes resident, the same with shared pages divided among their users, and threads. */
  resting(): {readonly weft: Resting; readonly engine: Resting};
  flush(): Promise<void>;
  /** Ends it as Ctrl-C does and resolves to how many milliseconds that took. Its directory goes, unless it was given. */
  stop(): Promise<number>;
}

export interface Resting {
  readonly rss: number;
  readonly pss: number;
  readonly threads: number;
}

export interface MeasuredWeftOptions {
  /** Default: a new one. */
  readonly directory?: string;
  /** Of the command line. Default: `serve`. */
  readonly command?: 'serve' | 'demo';
  /** As `--config` takes it. Default: the built-in one. */
  readonly config?: string;
  /** As `--set` takes them. */
  readonly sets?: readonly string[];
}

export async function measuredWeft(options: MeasuredWeftOptions = {}): Promise<MeasuredWeft> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'weft-bench-'));
  const started = performance.now();
  const child = spawn(
    join(root, 'weft'),
    [
      options.command ?? 'serve',
      '--free-ports',
      '--data',
      directory,
      '--log-level',
      'warn',
      ...(options.config === undefined ? [] : ['--config', options.config]),
      ...(options.sets ?? []).flatMap((set) => ['--set', set]),
    ],
    {stdio: ['ignore', 'pipe', 'inherit']},
  );
  await said(child, 'Weft is ready');
  const readyMs = performance.now() - started;
  const pid = child.pid as number;
  const engine = childOf(pid);
  const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')) as Record<string, string>;
  return {
    directory,
    endpoints,
    readyMs,
    cpu: () => ({weft: cpuMicros(pid), engine: cpuMicros(engine)}),
    memory: () => ({
      weft: statusBytes(pid, 'VmRSS'),
      engine: statusBytes(engine, 'VmRSS'),
      weftPeak: statusBytes(pid, 'VmHWM'),
      enginePeak: statusBytes(engine, 'VmHWM'),
    }),
    resting: () => ({weft: resting(pid), engine: resting(engine)}),
    async flush() {
      const answer = await fetch(`http://${endpoints.http}/api/weft/v1/flush`, {method: 'POST'});
      if (!answer.ok) throw new Error(`flush: ${answer.status}`);
    },
    async stop() {
      const asked = performance.now();
      child.kill('SIGINT');
      await new Promise((resolve) => child.once('exit', resolve));
      if (options.directory === undefined) rmSync(directory, {recursive: true, force: true});
      return performance.now() - asked;
    },
  };
}

function said(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (text.includes(words)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`Weft ended with ${code}`)));
  });
}

function childOf(parent: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (statFields(Number(name))[1] === String(parent)) return Number(name);
    } catch {
      // gone since the directory was read
    }
  }
  throw new Error(`process ${parent} has no child`);
}

/** The fields behind the name in /proc/PID/stat: state, parent … */
const statFields = (pid: number): string[] =>
  (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) as string).split(' ');

function cpuMicros(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) * tickMicros;
}

const statusBytes = (pid: number, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

function resting(pid: number): Resting {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1]) * 1024;
  return {rss: bytes('Rss'), pss: bytes('Pss'), threads: statusBytes(pid, 'Threads') / 1024};
}

export interface Sent {
  readonly spans: number;
  readonly refused: number;
  readonly failed: number;
  /** Statuses and errors of requests that were not acknowledged, and how often each came. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly rate: number;
  /** Milliseconds from the first byte of a request to its acknowledgement. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly senderCpuMicrosPerSpan: number;
}

const spawnSender = (args: readonly string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, 'send-spans.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Sends spans at a rate until it is stopped, by a process of its own. */
export function startSending(weft: MeasuredWeft, rate: number): {stop(): Promise<void>} {
  const address = weft.endpoints.otlp_grpc as string;
  const child = spawnSender(['--address', address, '--rate', String(rate), '--seconds', '86400']);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** Waits until both processes have been nearly idle for two seconds, or two minutes are over: merges are part of the price. */
export async function calm(weft: MeasuredWeft): Promise<void> {
  const spent = (): number => weft.cpu().weft + weft.cpu().engine;
  for (let quiet = 0, tries = 0; quiet < 2 && tries < 120; tries++) {
    const before = spent();
    await sleep(1000);
    quiet = spent() - before < 70_000 ? quiet + 1 : 0;
  }
}

/** Runs the sender as a process of its own. */
export async function sendSpans(args: readonly string[]): Promise<Sent> {
  const child = spawnSender(args);
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await new Promise((resolve) => child.once('exit', resolve));
  // JSON has no NaN, which the percentiles of nothing are.
  return JSON.parse(text, (_, value: unknown) => value ?? Number.NaN) as Sent;
}

export const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** The line that every benchmark prints first: figures mean nothing without it. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

export {sleep};
