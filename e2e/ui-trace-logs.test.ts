/** The log lines of a trace: in its tab, in the timeline, beside a span, in the terminal. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {choose, eventually, openBrowser, openPage, quickBrowse, type SentTrace, slowCheckout} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
let quiet: SentTrace;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  [slow, quiet] = [slowCheckout(60_000), quickBrowse(50_000)];
  await weft.send(slow.body, quiet.body);
  const began = BigInt(startOf(slow));
  const record = (ms: number, severityNumber: number, severityText: string, text: string, span?: string) => ({
    timeUnixNano: String(began + BigInt(ms) * 1_000_000n),
    severityNumber,
    severityText,
    body: {stringValue: text},
    traceId: slow.traceId,
    ...(span === undefined ? {} : {spanId: slow.spanId(span)}),
    attributes: [{key: 'order.id', value: {stringValue: '41'}}],
  });
  const of = (service: string, logRecords: readonly object[]) => ({
    resourceLogs: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
        scopeLogs: [{scope: {name: 'pino'}, logRecords}],
      },
    ],
  });
  await weft.sendLogs(
    of('order', [record(20, 9, 'INFO', 'order taken', 'root'), record(2_000, 17, 'ERROR', 'charge refused', 'charge')]),
    of('gateway', [record(8_000, 13, 'WARN', 'slow answer')]),
  );
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

/** Of its first span, in nanoseconds. */
const startOf = ({body}: SentTrace): string =>
  [...JSON.stringify(body).matchAll(/"startTimeUnixNano":"(\d+)"/g)].map(([, at]) => at as string).sort()[0] as string;
const address = (page: Page) => new URL(page.url()).searchParams;
const lines = (page: Page) => page.getByRole('list', {name: 'Logs'}).getByRole('listitem');

test('logs of a trace: by time, filtered by severity and text in the address, each with a way to its span', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?tab=logs`);
  await eventually(() => lines(page).allInnerTexts()).toEqual([
    expect.stringMatching(/\+20\.0 ms\s+info\s+order taken\s+order/),
    expect.stringMatching(/\+2\.00 s\s+error\s+charge refused\s+order/),
    expect.stringMatching(/\+8\.00 s\s+warn\s+slow answer\s+gateway/),
  ]);

  await choose(page.getByRole('radio', {name: 'Warnings'}));
  await eventually(() => lines(page).count()).toBe(2);
  await page.getByLabel('Filter lines').fill('REFUSED');
  await eventually(() => lines(page).count()).toBe(1);
  await eventually(() => [address(page).get('level'), address(page).get('lines')]).toEqual(['warn', 'REFUSED']);
  await page.reload();
  await eventually(() => lines(page).allInnerTexts()).toEqual([expect.stringContaining('charge refused')]);

  await page.getByRole('button', {name: /charge refused/}).click();
  await lines(page)
    .getByRole('row', {name: /order\.id 41/})
    .waitFor();
  await page.getByLabel('Filter lines').fill('nothing of it');
  await page.getByText('No line fits.').waitFor();
  await page.getByRole('button', {name: 'Show all lines'}).click();
  await eventually(() => lines(page).count()).toBe(3);

  await lines(page).nth(1).getByRole('button', {name: 'Show charge in the timeline'}).click();
  await page.getByRole('region', {name: 'Span details'}).getByRole('heading', {name: 'charge'}).waitFor();
});

test('logs of a trace: the timeline has them at their time, the details of a span its own', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?span=${slow.spanId('charge')}`);
  const row = page.getByRole('treeitem', {name: /charge\b.*One log line/});
  await row.waitFor();
  const [mark, time] = [
    await row.locator('[data-log=error]').boundingBox(),
    await row.locator('[data-log=error]').locator('..').boundingBox(),
  ];
  // At 2 of 8 seconds.
  expect(((mark?.x ?? 0) - (time?.x ?? 0)) / (time?.width ?? 1)).toBeCloseTo(0.25, 1);
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByRole('button', {name: 'Logs 1'}).click();
  await details.getByRole('button', {name: /error\s+charge refused/}).waitFor();
});

test('logs of a trace: one without any says how they would come', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${quiet.traceId}?tab=logs`);
  await page.getByRole('heading', {name: 'No log line carries the id of this trace'}).waitFor();
});

test('logs of a trace: in the terminal below the waterfall', async () => {
  const cli = join(import.meta.dirname, '../server/src/main/cli.ts');
  const {stdout} = await promisify(execFile)(process.execPath, [
    cli,
    'trace',
    slow.traceId,
    '--http',
    weft.http,
    '--logs',
    '2',
  ]);
  expect(stdout.slice(stdout.indexOf('\nLogs\n'))).toMatch(
    /^\nLogs\n +\+20 ms order info {2}order taken\n +\+2 s order error charge refused\n… more lines \(--logs\)\n$/,
  );
});
