/** One service and the graph around it on the command line, over what the shop sent to a running Weft. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const body = gunzipSync(readFileSync(join(root, 'fixtures/insight/bad-canary-among.json.gz'))).toString();
const times = [...body.matchAll(/"startTimeUnixNano":"(\d+)"/g)].map(([, time]) => BigInt(time as string));
const moment = (nanos: bigint): string => new Date(Number(nanos / 1_000_000n)).toISOString();
const first = times.reduce((least, time) => (time < least ? time : least));
const last = times.reduce((most, time) => (time > most ? time : most));
const range = ['--start', moment(first), '--end', moment(last + 60_000_000_000n)];

let weft: RunningWeft;
beforeAll(async () => {
  weft = await startWeft();
  await weft.send(JSON.parse(body));
});
afterAll(() => weft?.stop());

const command = async (...args: string[]): Promise<string> =>
  (await run(join(root, 'weft'), [...args, '--http', weft.http], {cwd: root})).stdout;

test('weft service: tells of the canary’s version, and of the errors where they were born', async () => {
  const page = await command('service', 'payment', ...range);
  expect(page).toMatch(/^payment · \w+ · /);
  expect(page).toContain('3.2.0-canary');
  expect(page).toMatch(/apply tier discount.*TypeError/);
  const json = JSON.parse(await command('service', 'payment', '--json', ...range));
  expect(Object.keys(json)).toEqual(['operations', 'changes', 'errors', 'statements', 'instances', 'graph']);
  expect(json.errors.groups[0]).toMatchObject({operation: 'apply tier discount', error: 'bug', count: 10});
  expect(json.operations.service.errors).toBe(10);
  const versions = json.instances.attributes.find(({attribute}: {attribute: string}) => attribute === 'version');
  expect(versions.values.map(({value}: {value: string}) => value)).toContain('3.2.0-canary');
});

test('weft service: of one version, and of a service that nobody knows', async () => {
  const canary = JSON.parse(await command('service', 'payment', '--version', '3.2.0-canary', '--json', ...range));
  expect(canary.errors.errors).toBe(10);
  expect(canary.operations.service.errors).toBe(10);
  expect(await command('service', 'nobody', ...range)).toMatch(/^nobody sent no span in this time/);
  await expect(command('service')).rejects.toMatchObject({code: 2, stderr: expect.stringContaining('which service')});
});

test('weft graph: calls with their rates, those of one service, and for Graphviz', async () => {
  const all = await command('graph', ...range);
  expect(all).toMatch(/gateway → order/);
  const near = await command('graph', '--service', 'payment', ...range);
  expect(near).toMatch(/→ payment/);
  expect(near).not.toMatch(/gateway → /);
  const dot = await command('graph', '--dot', ...range);
  expect(dot).toMatch(/^digraph weft \{/);
  expect(dot).toMatch(/ {2}"service:gateway" -> "service:order" \[label="/);
  const json = JSON.parse(await command('graph', '--json', ...range));
  expect(json.edges.length).toBe(all.trim().split('\n').length - 1);
  await expect(command('graph', '--json', '--dot')).rejects.toMatchObject({code: 2});
});

test('weft service, graph and explain: refuse a --since that is no time, alike', async () => {
  for (const args of [['service', 'x'], ['graph'], ['explain', '{ }'], ['query', 'SELECT 1']]) {
    await expect(command(...args, '--since', 'yesterday')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--since: expected a time such as 15m or 24h, not "yesterday"'),
    });
  }
});
