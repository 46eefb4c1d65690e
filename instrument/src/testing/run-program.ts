import {type ChildProcess, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {waitMillis} from './wait.ts';

export type Program = {
  readonly child: ChildProcess;
  /** Lines of standard output and of standard error so far. */
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  /** Resolves when the process has ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<{readonly code: number | null; readonly signal: NodeJS.Signals | null}>;
  /** The first line of standard output that matches (10 s at most, or what `WEFT_TESTING_WAIT_MILLIS` says). */
  line(pattern: RegExp): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
};

export type ProgramOptions = {
  readonly args?: readonly string[];
  /** Options of node, by default `--import @weft/instrument`. */
  readonly nodeOptions?: readonly string[];
  /** On top of this process's environment without any `OTEL_…` or `WEFT_…` variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
};

/** Runs a program the way a user does, instrumented from outside: `node --import @weft/instrument FILE`. */
export function runProgram(file: string, options: ProgramOptions = {}): Program {
  const {args = [], nodeOptions = ['--import', '@weft/instrument'], env = {}} = options;
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL|WEFT|VITEST)_|^NODE_(?:ENV|OPTIONS)$/.test(name)),
  );
  const child = spawn(process.execPath, [...nodeOptions, file, ...args], {
    env: {...inherited, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
  });
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({input: child.stdout}).on('line', (line) => lines.push(line));
  createInterface({input: child.stderr}).on('line', (line) => errors.push(line));
  const ended = new Promise<{code: number | null; signal: NodeJS.Signals | null}>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({code, signal}));
  });
  return {
    child,
    lines,
    errors,
    ended,
    async line(pattern) {
      for (const deadline = performance.now() + waitMillis(10_000); performance.now() < deadline; await sleep(10)) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
      }
      throw new Error(`${file} printed no line like ${pattern}:\n${[...lines, ...errors].join('\n')}`);
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}
