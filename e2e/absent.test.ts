/**
 * ClickHouse away, of the kind that others run: before Weft starts, for a while under load, coming back empty, hanging. Whatever
 * was acknowledged is there once afterwards, and nobody has to do anything.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, expect, test} from 'vitest';
import {type RunningWeft, startWeft, until} from './harness.ts';
import {compare, sqlAt, startLoad, traceBody} from './load.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-absent-'));
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
});
afterAll(() => rmSync(root, {recursive: true, force: true}));

test('ClickHouse absent at the start: Weft takes data, says what is amiss, and inserts once the server is there', async () => {
  const port = await freePort();
  await using weft = await startWeft({args: remote(port)});
  expect(await ready(weft)).toMatchObject({status: 200, ready: true, reasons: []});
  expect((await ready(weft)).degraded).toEqual([expect.stringMatching(/^ClickHouse is unavailable: .*ECONNREFUSED/)]);
  const {store} = await status(weft);
  expect(store).toMatchObject({state: 'unavailable', problems: [expect.stringContaining('unavailable')]});

  const load = startLoad({endpoints: weft.endpoints});
  await load.more(20);
  expect((await fetch(`${weft.http}/api/weft/v1/services`)).status).toBe(503);
  await startServer('late', port);
  await untilWell(weft);
  await load.stop();
  expect([...load.answers.keys()].sort()).toEqual(['grpc 0', 'http 200']);
  await flush(weft);
  expect(await compare(sqlAt(`127.0.0.1:${port}`, 'weft'), [load])).toEqual(nothingWrong);
  const services = (await (await fetch(`${weft.http}/api/weft/v1/services`)).json()) as {services: {name: string}[]};
  expect(services.services.map(({name}) => name)).toEqual(['load']);
});

test('ClickHouse away for a while under load, by kill and by standstill: nobody notices but the spool', async () => {
  const port = await freePort();
  const first = await startServer('away', port);
  await using weft = await startWeft({args: remote(port)});
  await untilWell(weft);
  const load = startLoad({endpoints: weft.endpoints});
  await load.more(50);
  await first.kill();
  await untilAmiss(weft);
  await load.more(100);
  const second = await startServer('away', port);
  await untilWell(weft);
  await load.more(20);
  second.signal('SIGSTOP');
  await untilAmiss(weft);
  second.signal('SIGCONT');
  await untilWell(weft);
  await load.stop();
  expect([...load.answers.keys()].sort()).toEqual(['grpc 0', 'http 200']);
  await flush(weft);
  expect(await compare(sqlAt(`127.0.0.1:${port}`, 'weft'), [load])).toEqual(nothingWrong);
});

test('ClickHouse back with an empty database: its tables are made, and what it has not yet confirmed goes there', async () => {
  const port = await freePort();
  const first = await startServer('before', port);
  await using weft = await startWeft({args: remote(port)});
  await untilWell(weft);
  const lost = startLoad({endpoints: weft.endpoints});
  await lost.more(20);
  await lost.stop();
  await flush(weft);
  await first.kill();
  await untilAmiss(weft);
  const load = startLoad({endpoints: weft.endpoints});
  await load.more(50);
  await startServer('empty', port);
  await untilWell(weft);
  await load.stop();
  await flush(weft);
  const result = await compare(sqlAt(`127.0.0.1:${port}`, 'weft'), [load]);
  expect(result).toEqual(nothingWrong);
});

test('ClickHouse database dropped under load: it is made again, and everything acknowledged is in it', async () => {
  const port = await freePort();
  await startServer('dropped', port);
  await using weft = await startWeft({args: remote(port)});
  await untilWell(weft);
  const sql = sqlAt(`127.0.0.1:${port}`);
  await sql('DROP DATABASE weft');
  await sql('CREATE DATABASE weft');
  const load = startLoad({endpoints: weft.endpoints});
  await load.more(20);
  await load.stop();
  await flush(weft);
  expect(await compare(sqlAt(`127.0.0.1:${port}`, 'weft'), [load])).toEqual(nothingWrong);
});

test('ClickHouse away until the spool is full: senders are told when to come back, and are served when there is room', async () => {
  const port = await freePort();
  await using weft = await startWeft({args: [...remote(port), '--set', 'weft.spool.max_bytes=200KiB']});
  const load = startLoad({endpoints: weft.endpoints, pauseMs: 0});
  await until(async () => (await ready(weft)).status !== 200);
  expect((await ready(weft)).reasons).toEqual([expect.stringMatching(/^the spool is full \(204800 bytes\)/)]);
  const refused = await fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: traceBody('ab'.repeat(16)).replace('step 0', 'x'.repeat(250_000)),
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({code: 14, message: expect.stringMatching(/^the spool is full/)});
  await startServer('full', port);
  await untilWell(weft);
  await load.more(10);
  await load.stop();
  expect([...load.answers.keys()].sort()).toEqual(['grpc 0', 'grpc 14', 'http 200', 'http 503']);
  await flush(weft);
  expect(await compare(sqlAt(`127.0.0.1:${port}`, 'weft'), [load])).toEqual(nothingWrong);
});

const nothingWrong = {missing: [], broken: [], strangers: 0};

const remote = (port: number): string[] => [
  '--set',
  `weft.clickhouse=http://127.0.0.1:${port}/weft`,
  '--log-level',
  'error',
];

interface Ready {
  readonly status: number;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly degraded: readonly string[];
}

async function ready({http}: RunningWeft): Promise<Ready> {
  const response = await fetch(`${http}/ready`);
  return {status: response.status, ...((await response.json()) as Omit<Ready, 'status'>)};
}

async function status({http}: RunningWeft): Promise<{store: Record<string, unknown>}> {
  return (await fetch(`${http}/api/weft/v1/status`)).json() as Promise<{store: Record<string, unknown>}>;
}

const untilWell = (weft: RunningWeft): Promise<void> =>
  until(async () => {
    const now = await ready(weft);
    return now.status === 200 && now.degraded.length === 0;
  });

const untilAmiss = (weft: RunningWeft): Promise<void> => until(async () => (await ready(weft)).degraded.length > 0);

async function flush({http}: RunningWeft): Promise<void> {
  const response = await fetch(`${http}/api/weft/v1/flush`, {method: 'POST'});
  expect(response.status).toBe(200);
}

interface Server {
  kill(): Promise<void>;
  /** To the server and what it runs. */
  signal(signal: NodeJS.Signals): void;
}

async function startServer(name: string, port: number): Promise<Server> {
  const script = join(import.meta.dirname, 'clickhouse-stand-in.ts');
  const child: ChildProcess = spawn(process.execPath, [script, join(root, name), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const engine = await new Promise<number>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      const said = /ready (\d+)/.exec(String(text));
      if (said) resolve(Number(said[1]));
    });
    child.once('exit', (code) => reject(new Error(`the stand-in ended with ${code}`)));
  });
  const server = {
    signal(signal: NodeJS.Signals) {
      for (const pid of [engine, child.pid as number]) {
        try {
          process.kill(pid, signal);
        } catch {
          // it has ended already
        }
      }
    },
    async kill() {
      server.signal('SIGKILL');
      await ended;
    },
  };
  servers.push(server);
  return server;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number};
      server.close(() => resolve(port));
    });
  });
}
