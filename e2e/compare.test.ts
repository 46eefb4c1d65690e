/** A trace against normal and against another one, and before against after, over what the shop sent to a running Weft. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ComparedTraces, CompareResponse, ExplainResponse, MendResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const fixture = (name: string): string =>
  gunzipSync(readFileSync(join(root, `fixtures/insight/${name}.json.gz`))).toString();
/** The same traces under other ids. */
const again = (body: string, digit: string): string =>
  body.replaceAll(/("traceId":")[0-9a-f]/g, (_, before: string) => before + digit);
const idsOf = (body: string, root_: string): string[] =>
  (
    JSON.parse(body) as {
      resourceSpans: {scopeSpans: {spans: {traceId: string; name: string; parentSpanId?: string}[]}[]}[];
    }
  ).resourceSpans
    .flatMap(({scopeSpans}) => scopeSpans.flatMap(({spans}) => spans))
    .filter(({name, parentSpanId}) => name === root_ && (parentSpanId ?? '') === '')
    .map(({traceId}) => traceId);

let weft: RunningWeft;
let slow: string;
let normal: string;
beforeAll(async () => {
  weft = await startWeft();
  const healthy = fixture('healthy');
  for (const digit of '01234') await weft.send(JSON.parse(again(healthy, digit)));
  await weft.send(JSON.parse(fixture('slow-checkout')));
  await weft.send(JSON.parse(fixture('missing-index')));
  normal = idsOf(again(healthy, '0'), 'POST /api/checkout')[0] as string;
  slow = idsOf(fixture('slow-checkout'), 'POST /api/checkout')[0] as string;
});
afterAll(() => weft?.stop());

const get = async <T>(path: string): Promise<T> =>
  (await fetch(`${weft.http}/api/weft/v1${path}`)).json() as Promise<T>;
const cli = (...args: string[]) =>
  run(process.execPath, [join(root, 'server/src/main/cli.ts'), ...args, '--http', weft.http]);

test('compare: a checkout of 8 seconds is held against the healthy ones before it', async () => {
  const compared = (await get<CompareResponse>(`/traces/${slow}/compare?with=usual`)) as ComparedTraces;
  expect(compared).toMatchObject({state: 'compared', with: 'usual', service: 'gateway'});
  expect(compared.usual?.traces).toBe(45);
  const [most] = compared.steps.toSorted((a, b) => b.excessNanos - a.excessNanos);
  expect([most?.service, most?.name, most?.changes]).toEqual(['payment', 'retry.backoff', ['new']]);
  const sum = compared.steps.reduce((all, {excessNanos}) => all + excessNanos, compared.restExcessNanos);
  expect(Math.abs(sum - (compared.durationNanos - compared.otherNanos))).toBeLessThan(1_000);
});
test('compare: its explanation names the step that is slower than usual, a healthy one has no finding', async () => {
  const {findings} = await get<ExplainResponse>(`/traces/${slow}/explain`);
  expect(findings.find(({kind}) => kind === 'slower_than_usual')).toMatchObject({
    facts: {service: 'payment', operation: 'retry.backoff'},
    figures: {traces: 45},
  });
  expect((await get<ExplainResponse>(`/traces/${normal}/explain`)).findings).toEqual([]);
});
test('compare: of an operation with few traces nothing is usual', async () => {
  const [id] = idsOf(fixture('missing-index'), 'GET /products/:sku');
  const few = await get<CompareResponse>(`/traces/${id ?? slow}/compare?hours=1&language=zh-Hans`);
  if (id !== undefined) expect(few).toMatchObject({state: 'too_few', usual: {least: 20}});
});
test('compare: weft trace --with another trace draws the tree of what differs', async () => {
  const {stdout} = await cli('trace', slow, '--with', normal);
  expect(stdout).toMatch(/gateway POST \/api\/checkout +8\.\d+ s +\d+(\.\d+)? ms/);
  expect(stdout).toMatch(/payment retry\.backoff +5(\.\d+)? s +– +\+5(\.\d+)? s new/);
  const {stdout: json} = await cli('trace', slow, '--with', 'usual', '--json', '--language', 'zh-Hant');
  expect((JSON.parse(json) as ComparedTraces).paragraph).toContain('payment「retry.backoff」');
});

test('mend: weft mend says too few where the slow ones are three, and exits with 3', async () => {
  const {starts} = await extent();
  await expect(cli('mend', 'gateway', 'POST /api/checkout', '--at', starts.slow)).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/too few requests to tell\s+\(45\s+requests\s+before,\s+\d\s+after\)/),
  });
});
test('mend: a moment between alike halves makes no difference', async () => {
  const {starts} = await extent();
  const mend = await get<MendResponse>(`/mend?service=inventory&at=${starts.middle}&window=10m`);
  expect(mend.before.requests).toBeGreaterThan(19);
  expect(mend.errors.verdict).toBe('no_difference');
  expect(mend.steps[0]).toMatchObject({service: 'inventory', parent: -1});
});

/** When the slow checkouts begin, and the middle of the healthy ones. */
async function extent() {
  const all = (text: string): bigint[] =>
    [...text.matchAll(/"startTimeUnixNano":"(\d+)"/g)]
      .map(([, nanos]) => BigInt(nanos as string))
      .sort((a, b) => (a < b ? -1 : 1));
  const [healthy, after] = [all(fixture('healthy')), all(fixture('slow-checkout'))];
  return {starts: {slow: `${after[0]}`, middle: `${healthy[Math.floor(healthy.length / 2)]}`}};
}

test('mend: a window of no length is refused by its name, with a moment and with an attribute', async () => {
  for (const how of ['at=2026-01-02T03:04:05Z', 'by=service.version&before=1&after=2']) {
    const refused = await get(`/mend?service=inventory&window=0s&${how}`);
    expect(refused, how).toMatchObject({error: {reason: 'parameter_invalid', parameter: 'window'}});
  }
});
