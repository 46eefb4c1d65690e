/** What failed requests share, over what the shop sent to a running Weft: by the API, by TraceQL, by the command line. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ExplainTracesResponse, SharesResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const body = gunzipSync(readFileSync(join(root, 'fixtures/insight/bad-canary-among.json.gz'))).toString();
const times = [...body.matchAll(/"startTimeUnixNano":"(\d+)"/g)].map(([, time]) => BigInt(time as string));
const first = times.reduce((least, time) => (time < least ? time : least));
const last = times.reduce((most, time) => (time > most ? time : most));
const range = `start=${first}&end=${last}`;

let weft: RunningWeft;
beforeAll(async () => {
  weft = await startWeft();
  await weft.send(JSON.parse(body));
});
afterAll(() => weft?.stop());

const get = async <T>(path: string): Promise<T> =>
  (await fetch(`${weft.http}/api/weft/v1${path}`)).json() as Promise<T>;

const isCanary = ({key, value}: {readonly key: string; readonly value?: string}): boolean =>
  key === 'service.version' && value === '3.2.0-canary';

test('explain selection: failed checkouts share the canary’s version, and all traces are counted', async () => {
  const explained = await get<ExplainTracesResponse>(`/explain?outcome=failed&${range}`);
  expect(explained.selection).toMatchObject({traces: 10, estimated: false, lookedAt: 10, failed: 10});
  expect(explained.baseline).toMatchObject({traces: 110, estimated: false, lookedAt: 110, failed: 0});
  expect(explained.operation).toEqual({service: 'gateway', name: 'POST /api/checkout'});
  expect(explained.findings[0]).toMatchObject({
    kind: 'error',
    facts: {service: 'payment', operation: 'apply tier discount'},
    traces: 10,
    baselineTraces: 0,
  });
  expect(explained.attributes.find(({implied}) => !implied)).toSatisfy(isCanary);
  expect(explained.paragraph).toContain('service.version=3.2.0-canary');
  const chinese = await get<ExplainTracesResponse>(`/explain?outcome=failed&${range}&language=zh-Hant`);
  expect(chinese.paragraph).toMatch(/共同點是 .*service\.version=3\.2\.0-canary/);
});

test('explain selection: a query of TraceQL gives the same selection, against the same others', async () => {
  const q = encodeURIComponent('{ status = error && kind = server && nestedSetParent < 0 }');
  const shares = await get<SharesResponse>(`/compare?q=${q}&${range}`);
  expect(shares.selection).toMatchObject({traces: 10, lookedAt: 10});
  expect(shares.baseline.lookedAt).toBe(110);
  expect(shares.attributes.some(isCanary)).toBe(true);
});

test('explain selection: a part of the time is held against all of it', async () => {
  const middle = (first + last) / 2n;
  const shares = await get<SharesResponse>(
    `/compare?start=${middle}&end=${last}&baselineStart=${first}&baselineEnd=${last}`,
  );
  expect((shares.selection.traces ?? 0) + (shares.baseline.traces ?? 0)).toBe(120);
  expect(shares.selection.traces).toBeGreaterThan(10);
  expect(shares.baseline.traces).toBeGreaterThan(10);
});

test('explain selection: one query is held against itself at another time', async () => {
  const middle = (first + last) / 2n;
  const q = encodeURIComponent('{ rootName = "POST /api/checkout" }');
  const times = `start=${middle}&end=${last}&baselineStart=${first}&baselineEnd=${middle - 1n}`;
  for (const baseline of ['', `&baseline=${q}`]) {
    const shares = await get<SharesResponse>(`/compare?q=${q}${baseline}&${times}`);
    expect(shares.selection.lookedAt, baseline).toBeGreaterThan(10);
    expect(shares.baseline.lookedAt, baseline).toBeGreaterThan(10);
  }
});

test('explain selection: an empty time of the others is refused by its name', async () => {
  for (const path of [`/explain?${range}`, `/compare?${range}`, `/service-graph?${range}`]) {
    const refused = await get(`${path}&baselineStart=${last}&baselineEnd=${first}`);
    expect(refused, path).toMatchObject({error: {reason: 'range_empty', parameter: 'baselineEnd'}});
  }
});

test('explain selection: where all traces are asked for, nothing is said of others', async () => {
  const {paragraph} = await get<ExplainTracesResponse>(`/explain?${range}`);
  expect(paragraph).toContain('There are no others');
  expect(paragraph).not.toContain('of the others');
});

test('explain selection: the command prints the paragraph and what is shared, or JSON', async () => {
  const command = (...args: string[]) =>
    run(process.execPath, [
      join(root, 'server/src/main/cli.ts'),
      'explain',
      '{ status = error && kind = server }',
      ...['--start', String(first), '--end', String(last), '--http', weft.http],
      ...args,
    ]);
  const {stdout} = await command();
  expect(stdout).toMatch(/apply tier discount/);
  expect(stdout).toMatch(/service\.version=3\.2\.0-canary.* 100 % +1\d %/);
  const {stdout: json} = await command('--json');
  expect((JSON.parse(json) as ExplainTracesResponse).attributes.some(isCanary)).toBe(true);
  await expect(command('--rows', 'many')).rejects.toMatchObject({code: 2});
});
