/** The pipelines seen, as a person would, on the real Weft: live figures, refusals, details, a faulty configuration. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {StatusResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage, quickBrowse} from './ui-testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-ui-pipeline-'));
const file = join(directory, 'weft.yaml');
/** Nobody listens on the port of the exporter `otlphttp/away`, which has room for one request. */
const yaml = (timeout = '10ms'): string => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors:
  batch: {timeout: ${timeout}}
  batch/away: {timeout: 10ms}
exporters:
  weft:
  otlphttp/away:
    endpoint: http://user:hidden@127.0.0.1:1
    headers: {authorization: hidden}
    sending_queue: {queue_size: 1, num_consumers: 1}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [weft]}
    traces/away: {receivers: [otlp], processors: [batch/away], exporters: [otlphttp/away]}
    logs: {receivers: [otlp], exporters: [weft]}
`;

let weft: RunningWeft;
let browser: Browser;
let sending: Promise<void>;
let isSending = true;
beforeAll(async () => {
  writeFileSync(file, yaml());
  [weft, browser] = await Promise.all([startWeft({args: ['--config', file]}), openBrowser()]);
  sending = send();
});
afterAll(async () => {
  isSending = false;
  await sending;
  await browser?.close();
  await weft?.stop();
  rmSync(directory, {recursive: true});
});

async function send(): Promise<void> {
  while (isSending) {
    await fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(quickBrowse(1000).body),
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const card = (page: Page, name: RegExp) => page.getByRole('button', {name});
const away = /^Exporter otlphttp\/away/;

test('pipeline page: what flows, and who refuses it, is on the graph', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByRole('link', {name: 'Pipeline'}).click();
  await card(page, /^Receiver otlp\b.*gives [\d.]+\/s spans to batch/).waitFor();
  await card(page, /^Processor batch\b.*in traces\b.*gives [\d.]+\/s spans to weft/).waitFor();
  await card(page, /^Exporter otlphttp\/away\b.*[\d.]+\/s queue_full.*[\d.]+\/s refused/).waitFor();
  await page
    .getByText(/^✕ [\d.]+\/s$/)
    .first()
    .waitFor();
  await page.getByText('idle').first().waitFor();
});

test('pipeline page: a component tells its figures, its configuration without secrets, and its documentation', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/pipeline');
  await card(page, away).click();
  const pane = page.getByRole('complementary', {name: 'Details of otlphttp/away'});
  await pane.getByText('the sending queue is full').waitFor();
  await pane.getByText('1 of 1').waitFor();
  await pane.getByRole('row', {name: /^queue_full/}).waitFor();
  await pane.getByText('endpoint: http://••••••@127.0.0.1:1').waitFor();
  expect(await pane.innerText()).not.toContain('hidden');
  await pane.getByText('How much may wait').waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('component')).toBe('exporter/otlphttp/away');
  await page.reload();
  await pane.getByText('the sending queue is full').waitFor();
});

test('pipeline page: the keyboard goes from component to component, opens one and comes back to it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/pipeline');
  await card(page, /^Receiver otlp/).focus();
  await page.keyboard.press('ArrowRight');
  const focused = () => page.evaluate<string>('document.activeElement?.dataset.node ?? ""');
  await eventually(focused).toMatch(/^processor\/batch/);
  await page.keyboard.press('ArrowRight');
  await eventually(focused).toMatch(/^exporter\//);
  const chosen = await focused();
  await page.keyboard.press('Enter');
  await page.getByRole('complementary').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({state: 'detached'});
  await eventually(focused).toBe(chosen);
});

test('pipeline page: a narrow window tells each pipeline from top to bottom', async () => {
  const page = await openPage(browser, weft.http, {viewport: {width: 390, height: 844}});
  await page.goto('/pipeline');
  const lane = page.getByRole('region', {name: 'traces', exact: true});
  await eventually(() => lane.getByRole('button').allInnerTexts()).toEqual([
    expect.stringContaining('otlp'),
    expect.stringContaining('batch'),
    expect.stringContaining('weft'),
  ]);
  const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(tooWide).toBeLessThanOrEqual(0);
  // The details lie over the list, and lead back into it.
  await lane.getByRole('button', {name: /^Processor batch/}).press('Enter');
  await page.getByRole('complementary').waitFor();
  await page.keyboard.press('Escape');
  await eventually(() => page.evaluate<string>('document.activeElement?.dataset.node ?? ""')).toMatch(/batch/);
});

test('pipeline page: a link to a component that does not run says so, in a window of 320 pixels too', async () => {
  const page = await openPage(browser, weft.http, {viewport: {width: 320, height: 700}});
  await page.goto('/pipeline?component=exporter%2Fnone');
  await page.getByRole('complementary').getByText('No such component runs.').waitFor();
  const beyond = await page.evaluate<number>(
    'Math.max(...[...document.querySelectorAll("nav a, nav button")].map((each) => each.getBoundingClientRect().right)) - innerWidth',
  );
  expect(beyond).toBeLessThanOrEqual(0);
});

test('pipeline page: a faulty configuration is told with its place, changes nothing, and goes when it is mended', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/pipeline');
  await card(page, away).waitFor();
  writeFileSync(file, yaml('soon'));
  const alert = page.getByRole('alert').filter({hasText: 'not in use'});
  await alert.getByText(/weft\.yaml:4:20: `timeout`: expected a duration/).waitFor();
  const status = (await (await fetch(`${weft.http}/api/weft/v1/status`)).json()) as StatusResponse;
  expect(status.store.problems).toEqual([expect.stringContaining('expected a duration')]);
  await card(page, /^Processor batch\b(?!\/).*in traces\b.*gives [\d.]+\/s spans/).waitFor();
  writeFileSync(file, yaml('20ms'));
  await alert.waitFor({state: 'detached'});
  await card(page, /^Processor batch\b(?!\/).*in traces\b/).click();
  await page.getByRole('complementary').getByText('timeout: 20ms').waitFor();
});
