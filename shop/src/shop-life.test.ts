import {type ChildProcess, spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {fileURLToPath} from 'node:url';
import {afterEach, expect, test} from 'vitest';
import {allFaults} from './faults.ts';
import {startShop} from './start-shop.ts';
import {createSupervisor} from './supervisor.ts';
import {type Sink, startSink} from './testing.ts';
import {startTestShop} from './testing-shop.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function sinkForTest(): Promise<Sink> {
  const sink = await startSink();
  undo.push(() => sink.stop());
  return sink;
}

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The shop as its command runs it; resolves with its first lines once the storefront's address is printed. */
async function runCommand(...flags: string[]): Promise<{child: ChildProcess; printed: () => string; url: string}> {
  const child = spawn(process.execPath, [main, '--load', 'none', ...flags], {stdio: ['ignore', 'pipe', 'pipe']});
  undo.push(() => child.kill('SIGKILL'));
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the shop ended: ${printed}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /^shop: (http\S+)$/m.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {child, printed: () => printed, url};
}

/** Every process below `pid`, from the kernel's table. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while the table was read.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, its]) => its === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\d+ \(.*\) Z/.test(stat);
  } catch {
    return false;
  }
}

const hasProc = process.platform === 'linux';

test('shop stop: telemetry still held is sent, and no process is left', async () => {
  const it = await startTestShop();
  undo.push(() => it.stop());
  const pids = hasProc ? descendants(process.pid) : [];
  const bought = await Promise.all(['SKU-001', 'SKU-002', 'SKU-003'].map((sku) => it.buy([sku])));
  await it.shop.stop();
  for (const {traceId} of bought) {
    const names = it.sink.trace(traceId).map((span) => span.name);
    expect(names).toEqual(expect.arrayContaining(['POST /api/checkout', 'POST /reservations', 'POST /charges']));
  }
  expect(it.shop.services).toEqual({});
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
});

test('shop stop: requests in flight are answered or cut, and the stop ends', async () => {
  const it = await startTestShop();
  undo.push(() => it.stop());
  await it.shop.faults.set('slow-checkout', 'on');
  const under = Promise.allSettled(Array.from({length: 8}, () => it.buy(['SKU-001'])));
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'charge card attempt'));
  await it.shop.stop();
  await under;
  expect(it.shop.services).toEqual({});
});

test.runIf(hasProc)('shop stop: SIGINT ends every process', async () => {
  const sink = await sinkForTest();
  const {child} = await runCommand('--otlp', sink.url, '--port', '0');
  const all = descendants(child.pid ?? 0);
  expect(all.length).toBeGreaterThanOrEqual(8);
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  await expect.poll(() => all.filter(isAlive)).toEqual([]);
});

test.runIf(hasProc)('shop stop: SIGINT while it starts, and twice, ends every process', async () => {
  const child = spawn(process.execPath, [main, '--load', 'none', '--otlp', 'http://127.0.0.1:9', '--port', '0'], {
    stdio: 'ignore',
  });
  undo.push(() => child.kill('SIGKILL'));
  await expect.poll(() => descendants(child.pid ?? 0).length).toBeGreaterThan(0);
  const all = descendants(child.pid ?? 0);
  // A terminal and npm each pass on the same Ctrl+C.
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  await expect.poll(() => all.filter(isAlive)).toEqual([]);
});

test.runIf(hasProc)('shop stop: kill -9 leaves no orphan', async () => {
  const sink = await sinkForTest();
  const {child} = await runCommand('--otlp', sink.url, '--port', '0');
  const all = descendants(child.pid ?? 0);
  child.kill('SIGKILL');
  await expect.poll(() => all.filter(isAlive)).toEqual([]);
});

test('shop start: a storefront whose port is taken moves to a free one and says so', async () => {
  const sink = await sinkForTest();
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => blocker.close(resolve)));
  const {port} = blocker.address() as {port: number};
  const {printed, url} = await runCommand('--otlp', sink.url, '--port', String(port));
  expect(url).not.toContain(`:${port}`);
  expect(printed()).toContain(`port ${port} is taken`);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('shop supervisor: a service that dies is started again at its address', async () => {
  const it = await startTestShop();
  undo.push(() => it.stop());
  const {pid, url} = it.shop.services.inventory ?? {pid: 0, url: undefined};
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => it.shop.services.inventory?.pid).not.toBe(pid);
  await expect.poll(async () => (await it.buy(['SKU-001'])).status).toBe(201);
  expect(it.shop.services.inventory?.url).toBe(url);
  expect(it.complaints.some((line) => line.includes('it is started again'))).toBe(true);
});

test('shop start: without a collector the shop serves and stops as usual', async () => {
  const shop = await startShop({otlpEndpoint: 'http://127.0.0.1:9', storefrontPort: 0, load: 'none', faults: 'off'});
  undo.push(() => shop.stop());
  expect((await fetch(`${shop.storefrontUrl}/health`)).status).toBe(200);
  await shop.stop();
  expect(shop.services).toEqual({});
});

test('shop start: a database out of reach is named in the error, and no process is left', async () => {
  const pids = (): number[] => (hasProc ? descendants(process.pid) : []);
  const before = new Set(pids());
  await expect(
    startShop({otlpEndpoint: 'http://127.0.0.1:9', storefrontPort: 0, postgres: 'postgres://shop@127.0.0.1:9/shop'}),
  ).rejects.toThrow(/ECONNREFUSED/);
  await expect.poll(() => pids().filter((pid) => !before.has(pid) && isAlive(pid))).toEqual([]);
});

test('shop supervisor: a process that ends before it listens is reported with its last output', async () => {
  const supervisor = createSupervisor({log: () => undefined, peers: {}, faults: allFaults('off'), load: 'none'});
  const plan = {name: 'bakery', script: 'run-service.ts', arguments: ['bakery'], heapMegabytes: 48};
  await expect(supervisor.start(plan)).rejects.toThrow(/^bakery ended \(1\)\n[\s\S]*usage: run-service.ts gateway/);
});

test('shop load: visitors of all tiers check out and look at their orders', async () => {
  const it = await startTestShop({load: 'rush'});
  undo.push(() => it.stop());
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'POST /api/checkout'));
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'GET /api/orders'));
  const tiers = await it.sink.until(() => {
    const seen = new Set(
      it.sink.spans.map((span) => span.attributes['user.tier']).filter((tier) => tier !== undefined),
    );
    return seen.size === 3 ? seen : undefined;
  });
  expect([...tiers].sort()).toEqual(['free', 'gold', 'silver']);
});
