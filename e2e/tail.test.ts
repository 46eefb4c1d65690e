/** `weft tail` beside a Weft into which traces come. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft, until} from './harness.ts';

const cli = join(import.meta.dirname, '..', 'server', 'src', 'main', 'cli.ts');
let weft: RunningWeft;
beforeAll(async () => void (weft = await startWeft()));
afterAll(() => weft?.stop());

let next = 1;
/** One trace of two spans, sent one after the other. */
async function sendTrace(service: string, failed = false, to = weft): Promise<string> {
  const traceId = `${next++}`.padStart(32, 'a');
  const now = BigInt(Date.now()) * 1_000_000n;
  const body = (spanId: string, parentSpanId: string, name: string, code: number) => ({
    resourceSpans: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId,
                parentSpanId,
                name,
                kind: 2,
                startTimeUnixNano: `${now}`,
                endTimeUnixNano: `${now + 7_000_000n}`,
                status: {code},
              },
            ],
          },
        ],
      },
    ],
  });
  await to.send(body('00000000000000b1', '00000000000000a1', 'inner', failed ? 2 : 0));
  await to.send(body('00000000000000a1', '', 'GET /\u001b[31mred', 0));
  return traceId;
}

/** Runs it until it has shown as many lines. */
async function tail(...args: string[]) {
  const child = spawn(process.execPath, [cli, 'tail', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
  const lines: string[] = [];
  let errors = '';
  createInterface({input: child.stdout}).on('line', (line) => lines.push(line));
  child.stderr.on('data', (text) => (errors += text));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {child, lines, code, errors: () => errors};
}

test('weft tail: shows each trace once, whole, when it has come, and only those that the query finds', async () => {
  const old = await sendTrace('cart', true);
  const {child, lines, code} = await tail('{ status = error }', '--http', weft.http, '--count', '2');
  const sent: string[] = [];
  // It says nothing of when it has begun to look: traces come until it has seen two.
  while (child.exitCode === null) {
    await sendTrace('cart');
    sent.push(await sendTrace('pay', true));
  }
  expect(await code).toBe(0);
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}✗ +7 ms +2 spans {2}pay GET \/�\[31mred +a+\d+$/);
    expect(sent.some((id) => line.endsWith(id))).toBe(true);
    expect(line).not.toContain(old);
  }
});

test('weft tail: begins with what is there where it is told so, as JSON where it is told so', async () => {
  const id = await sendTrace('mail', true);
  const {lines, code} = await tail(
    '{ resource.service.name = "mail" }',
    '--past',
    '--json',
    '--count=1',
    '--http',
    weft.http,
  );
  expect(await code).toBe(0);
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    traceID: id,
    rootServiceName: 'mail',
    serviceStats: {mail: {spanCount: 2}},
  });
});

test('weft tail: a query that is not one, and a Weft that is not there, are told', async () => {
  const wrong = await tail('{ status = ', '--http', weft.http);
  expect(await wrong.code).toBe(1);
  expect(wrong.errors()).toMatch(/^weft tail: invalid TraceQL query.*\(HTTP 400\)/s);
  const absent = await tail('--http', '127.0.0.1:1');
  expect(await absent.code).toBe(1);
  expect(absent.errors()).toContain('no Weft answers at http://127.0.0.1:1');
  const odd = await tail('--window', 'soon');
  expect(await odd.code).toBe(2);
});

test('weft tail: of more traces than one look shows, some are shown at every look, each of them whole', async () => {
  const {child, lines, code} = await tail('{ resource.service.name = "many" }', '--http', weft.http, '--count', '300');
  let sent = 0;
  // Of each look the newest have come since the one before.
  while (child.exitCode === null) {
    const now = BigInt(Date.now()) * 1_000_000n;
    const spans = Array.from({length: 300}, (_, i) => {
      const traceId = `${sent + i}`.padStart(32, 'b');
      const [startTimeUnixNano, endTimeUnixNano] = [`${now + BigInt(i)}`, `${now + 5_000_000n}`];
      return {traceId, name: 'many', kind: 2, startTimeUnixNano, endTimeUnixNano};
    });
    sent += spans.length;
    for (const [spanId, parentSpanId] of [['00000000000000b2', '00000000000000a2'], ['00000000000000a2']]) {
      const resource = {attributes: [{key: 'service.name', value: {stringValue: 'many'}}]};
      const scopeSpans = [{spans: spans.map((span) => ({...span, spanId, parentSpanId}))}];
      await weft.send({resourceSpans: [{resource, scopeSpans}]});
    }
  }
  expect(await code).toBe(0);
  expect(new Set(lines.map((line) => line.slice(-32))).size).toBe(300);
  for (const line of lines) expect(line).toContain(' 2 spans  many many');
});

test('weft tail: goes on with a Weft that was started again on its directory, at another address', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'weft-tail-'));
  const first = await startWeft({dataDirectory});
  const {child, lines, code, errors} = await tail('--data', dataDirectory);
  // It has begun when it has shown the first.
  while (lines.length === 0) await sendTrace('front', false, first);
  await first.stop();
  await until(() => errors().includes('Waiting for it'));
  await using second = await startWeft({dataDirectory});
  while (!lines.some((line) => line.includes('back GET /'))) await sendTrace('back', false, second);
  child.kill('SIGINT');
  expect(await code).toBe(0);
  await second.stop();
  rmSync(dataDirectory, {recursive: true});
});

test('weft tail: ends when nobody reads it any more', async () => {
  const {child, code, errors} = await tail('{ resource.service.name = "gone" }', '--http', weft.http);
  child.stdout.once('data', () => child.stdout.destroy());
  while (child.exitCode === null) await sendTrace('gone');
  expect(await code).toBe(0);
  expect(errors()).toBe('');
});
