/** Starts the real Weft as a user would, on free ports and a throwaway directory, and speaks only its protocols. */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const root = join(import.meta.dirname, '..');

export interface RunningWeft extends AsyncDisposable {
  /** `http://host:port` of the page and the APIs. */
  readonly http: string;
  /** As in `endpoints.json`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Whether the process has not ended. */
  readonly alive: boolean;
  /** Sends OTLP JSON bodies and waits until they are queryable. Many at once take no longer than one. */
  send(...bodies: readonly unknown[]): Promise<void>;
  /** The same of log records. */
  sendLogs(...bodies: readonly unknown[]): Promise<void>;
  stop(): Promise<void>;
  /** What it has written to both of its outputs: all of it once it has stopped. */
  output(): string;
}

export interface StartOptions {
  readonly args?: readonly string[];
  /** Kept afterwards when given; otherwise a new one that is removed. */
  readonly dataDirectory?: string;
  /** Options of Node itself, such as `--max-old-space-size=512`. */
  readonly nodeArgs?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export async function startWeft({
  args = [],
  dataDirectory,
  nodeArgs = [],
  env = {},
}: StartOptions = {}): Promise<RunningWeft> {
  const directory = dataDirectory ?? mkdtempSync(join(tmpdir(), 'weft-e2e-'));
  const cli = join(root, 'server', 'src', 'main', 'cli.ts');
  // One that was killed leaves its addresses behind.
  rmSync(join(directory, 'endpoints.json'), {force: true});
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...nodeArgs, cli, 'serve', '--free-ports', '--data', directory, ...args],
    {cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...env}},
  );
  const said: string[] = [];
  child.stdout.on('data', (text) => said.push(String(text)));
  child.stderr.on('data', (text) => said.push(String(text)));

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await ended(child);
      if (dataDirectory === undefined) rmSync(directory, {recursive: true, force: true});
    })();
    return stopping;
  };

  try {
    const endpoints = await readEndpoints(child, join(directory, 'endpoints.json'));
    const http = `http://${endpoints.http}`;
    await untilReady(child, http);
    const sendTo = async (signal: 'traces' | 'logs', bodies: readonly unknown[]): Promise<void> => {
      await Promise.all(bodies.map((body) => post(`http://${endpoints.otlp_http}/v1/${signal}`, JSON.stringify(body))));
      await post(`${http}/api/weft/v1/flush`, '{}');
    };
    return {
      http,
      endpoints,
      pid: child.pid as number,
      get alive() {
        return child.exitCode === null && child.signalCode === null;
      },
      stop,
      output: () => said.join(''),
      [Symbol.asyncDispose]: stop,
      send: (...bodies) => sendTo('traces', bodies),
      sendLogs: (...bodies) => sendTo('logs', bodies),
    };
  } catch (error) {
    await stop();
    throw new Error(`Weft did not start: ${said.join('').slice(-4000)}`, {cause: error});
  }
}

/** Asks again and again, every 20 ms, until the condition holds; the limit of the test ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

async function readEndpoints(child: ChildProcess, path: string): Promise<Record<string, string>> {
  let text = '';
  await until(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text.trimEnd().endsWith('}');
  });
  return JSON.parse(text) as Record<string, string>;
}

async function untilReady(child: ChildProcess, http: string): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return fetch(`${http}/ready`).then(
      (response) => response.ok,
      () => false,
    );
  });
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body});
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
}

/** Asks the process to stop and waits; ends it by force when it does not. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await exit;
  clearTimeout(timer);
}
