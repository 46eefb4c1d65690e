/** `weft trace ID` and the API's explanation, against a running Weft that got what the shop sent. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ExplainResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const fixture = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(join(root, `fixtures/insight/${name}.json.gz`))).toString());
const traceIdsOf = (body: unknown): string[] => [
  ...new Set([...JSON.stringify(body).matchAll(/"traceId":"([0-9a-f]{32})"/g)].map(([, id]) => id as string)),
];

let weft: RunningWeft;
const ids: Record<string, string> = {};
beforeAll(async () => {
  weft = await startWeft();
  for (const name of ['deadlock', 'lost-context', 'healthy']) {
    const body = fixture(name);
    await weft.send(body);
    ids[name] = body.resourceSpans[0].scopeSpans[0].spans.find((span: {traceId: string}) => span.traceId).traceId;
    expect(traceIdsOf(body)).toContain(ids[name]);
  }
});
afterAll(() => weft?.stop());

const explain = async (name: string): Promise<ExplainResponse> =>
  (await fetch(`${weft.http}/api/weft/v1/traces/${ids[name]}/explain`)).json() as Promise<ExplainResponse>;
const cli = (...args: string[]) =>
  run(process.execPath, [join(root, 'server/src/main/cli.ts'), 'trace', ...args, '--http', weft.http]);

test('weft trace: a stored deadlock is explained above its waterfall', async () => {
  const {stdout} = await cli(ids.deadlock as string);
  const [paragraph, waterfall] = [stdout.slice(0, stdout.indexOf('\n\n')), stdout.slice(stdout.lastIndexOf('\n\n'))];
  expect(paragraph.replace(/\n/g, ' ')).toMatch(/gateway "POST \/api\/checkout" failed after .* deadlock/);
  expect(waterfall).toMatch(/✗ inventory pg\.query:UPDATE shop .*█.* ← 1/);
});
test('weft trace: --json is what the API answers, --language its language', async () => {
  const {stdout} = await cli(ids.deadlock as string, '--json', '--language', 'zh-Hans');
  const {language, paragraph, findings} = JSON.parse(stdout) as ExplainResponse;
  expect([language, findings[0]?.kind, findings[0]?.facts.error]).toEqual(['zh-Hans', 'error', 'deadlock']);
  expect(paragraph).toContain('死锁');
});
test('weft trace: an id that Weft does not have is told', async () => {
  await expect(cli('1234')).rejects.toMatchObject({code: 1, stderr: expect.stringContaining('1234')});
});

// The callers of a service are what the store knows: in the healthy traces order calls inventory.
test('explain: a trace that begins at a service which others call lost its context', async () => {
  const {findings} = await explain('lost-context');
  expect(findings[0]).toMatchObject({kind: 'lost_context', facts: {service: 'inventory'}});
  expect(findings[0]?.facts.callers).toContain('order');
});
test('explain: a healthy trace has no finding', async () => {
  const {findings, paragraph} = await explain('healthy');
  expect([findings, paragraph]).toEqual([[], expect.stringContaining('nothing stands out')]);
});
