/**
 * The engine's process and the API's thread take longer to load than anything else, and half of Weft's modules are theirs alone: both
 * are started first, and load while this thread does. They wait then to be told what to do, and touch nothing before.
 */
import type {ChildProcess} from 'node:child_process';
import {readFileSync} from 'node:fs';
import type {Worker} from 'node:worker_threads';
import {startApiWorker} from './api-worker.ts';
import {collectGarbageBySize} from './garbage.ts';

export interface HeadStart {
  readonly api: Worker;
  /** Undefined where the configuration may name a ClickHouse that others run. */
  readonly engine: ChildProcess | undefined;
  /** Ends both, where they were not needed. */
  end(): void;
}

/** Undefined for commands that run neither. */
export async function headStart(args: readonly string[]): Promise<HeadStart | undefined> {
  if (!/^(serve|demo|-)/.test(args[0] ?? '') || args.some((arg) => others.has(arg))) return undefined;
  // Before the thread begins: V8 keeps compiled code by its flags.
  collectGarbageBySize();
  const api = startApiWorker();
  const engine = namesClickHouse(args) ? undefined : (await import('../engine/index.ts')).startEngineProcess();
  return {
    api,
    engine,
    end() {
      engine?.kill('SIGKILL');
      void api.terminate();
    },
  };
}

const others: ReadonlySet<string> = new Set(['--help', '-h', '--version', '-v']);

/** Whether the arguments, or a file that they name, have the word: where it means nothing, Weft only starts a little later. */
function namesClickHouse(args: readonly string[]): boolean {
  return args.some((arg) => /clickhouse/i.test(arg) || /clickhouse/i.test(textOf(arg.replace(/^--?config=/, ''))));
}

function textOf(path: string): string {
  try {
    return /\.ya?ml$/.test(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    return ''; // whoever reads the configuration says what is wrong with it
  }
}
