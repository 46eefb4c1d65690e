/** A trace against normal, against another one, and before against after, in the page. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: string;
let lost: string;
let mended: string;

const fixture = (name: string): string =>
  gunzipSync(readFileSync(join(import.meta.dirname, `../fixtures/insight/${name}.json.gz`))).toString();
const again = (body: string, digit: string): string =>
  body.replaceAll(/("traceId":")[0-9a-f]/g, (_, before: string) => before + digit);
const checkoutOf = (body: string): string =>
  /"traceId":"([0-9a-f]{32})"(?:(?!"traceId").)*?"name":"POST \/api\/checkout"/s.exec(body)?.[1] ?? '';

beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  const healthy = fixture('healthy');
  for (const digit of '01234') await weft.send(JSON.parse(again(healthy, digit)));
  await weft.send(JSON.parse(fixture('slow-checkout')));
  await weft.send(JSON.parse(fixture('lost-context')));
  slow = checkoutOf(fixture('slow-checkout'));
  lost = /"traceId":"([0-9a-f]{32})"/.exec(fixture('lost-context'))?.[1] ?? '';
  const starts = [...healthy.matchAll(/"startTimeUnixNano":"(\d+)"/g)].map(([, nanos]) => BigInt(nanos as string));
  const middle = starts.sort((a, b) => (a < b ? -1 : 1))[Math.floor(starts.length / 2)] as bigint;
  mended = new Date(Number(middle / 1_000_000n)).toISOString();
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const row = (page: Page, name: RegExp) => page.getByRole('row', {name});
const address = (page: Page) => new URL(page.url());

test('compare: a slow trace leads to its comparison with normal, and the step that is new to its span', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow}`);
  await page.getByRole('link', {name: 'Compare'}).click();
  await eventually(() => address(page).pathname).toBe(`/trace/${slow}/compare`);
  await page
    .getByRole('region', {name: 'In words'})
    .getByText(/payment "retry\.backoff"/)
    .waitFor();
  const backoff = row(page, /payment retry\.backoff/);
  expect(await backoff.innerText()).toMatch(/\+5(\.\d+)? s/);
  expect(await backoff.innerText()).toContain('new');
  // What does not differ is folded; the keys unfold it.
  const count = () => page.getByRole('row').count();
  const before = await count();
  await page.keyboard.press('o');
  await eventually(async () => (await count()) < before).toBe(true);
  await page.keyboard.press('o');
  await backoff.getByRole('link', {name: 'retry.backoff'}).click();
  await page.getByRole('region', {name: 'Span details'}).getByRole('heading', {name: 'retry.backoff'}).waitFor();
});

test('compare: the key C, and another trace picked from the list; the address restores it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow}`);
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('Shift+C');
  await page.getByText('Another trace').click();
  await page.getByRole('heading', {name: 'Traces of the same operation'}).waitFor();
  await page.getByRole('listitem').getByRole('button', {name: / ms, /}).last().click();
  await eventually(() => address(page).searchParams.get('with')).toMatch(/^[0-9a-f]{32}$/);
  await row(page, /payment retry\.backoff/).waitFor();
  await page.reload();
  await row(page, /payment retry\.backoff/).waitFor();
  await page.getByRole('link', {name: 'To the other trace'}).waitFor();
});

test('compare: the arrow keys walk the steps, fold and unfold them', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow}/compare`);
  const first = page.getByRole('row', {expanded: true}).first();
  await first.waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await eventually(() => page.locator('tr[data-row="0"]:focus').count()).toBe(1);
  await page.keyboard.press('ArrowLeft');
  await eventually(() => page.getByRole('row').count()).toBe(2);
  await page.keyboard.press('ArrowRight');
  await row(page, /payment retry\.backoff/).waitFor();
});

test('compare: an id that Weft does not have, and an operation with too few traces, are said', async () => {
  const page = await openPage(browser, weft.http, {}, [/404/]);
  await page.goto(`/trace/${slow}/compare?with=1234`);
  await page.getByText(/There is no trace 0{28}1234/).waitFor();
  await page.goto(`/trace/${lost}/compare`);
  await page.getByText('Too few traces to say what is normal').waitFor();
  await page.getByRole('button', {name: 'Look at 24 hours'}).click();
  await eventually(() => address(page).searchParams.get('hours')).toBe('24');
});

test('mend: before and after of a service, reached by the palette, restored by its address', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?service=inventory');
  await page.getByRole('heading', {level: 1}).first().waitFor({state: 'attached'});
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', {name: 'Command palette'}).fill('before and after');
  await page.getByRole('option', {name: /did the mend work/}).click();
  await page.getByText('Say what divides before from after').waitFor();
  await page.getByRole('textbox', {name: 'When it was mended'}).fill(mended);
  await page.keyboard.press('Enter');
  const figures = page.getByRole('table', {name: 'Figures'});
  await figures.getByRole('row', {name: /^Requests \d+/}).waitFor();
  await figures.getByText('No difference beyond chance').first().waitFor();
  await page.getByRole('treegrid', {name: 'Steps of a request'}).waitFor();
  await page.reload();
  await figures.getByRole('row', {name: /^Requests \d+/}).waitFor();
  expect(address(page).searchParams.get('service')).toBe('inventory');
});

test.each([
  ['zh-Hant', '文字說明', 'payment「retry.backoff」'],
  ['zh-Hans', '文字说明', 'payment“retry.backoff”'],
])('compare: in %s, on a dark page', async (language, label, words) => {
  const page = await openPage(browser, weft.http, {locale: language, colorScheme: 'dark'});
  await page.goto(`/trace/${slow}/compare`);
  await page.getByRole('region', {name: label}).getByText(words).waitFor();
});
