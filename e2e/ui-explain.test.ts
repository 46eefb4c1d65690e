/** The explanation on the trace page, of traces that the shop produced with a fault. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
const ids: Record<string, string> = {};
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  for (const name of ['deadlock', 'slow-checkout', 'healthy']) {
    const file = readFileSync(join(import.meta.dirname, `../fixtures/insight/${name}.json.gz`));
    const body = JSON.parse(gunzipSync(file).toString());
    await weft.send(body);
    ids[name] = body.resourceSpans[0].scopeSpans[0].spans[0].traceId;
  }
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const explanation = (page: Page, label = 'Explanation') => page.getByRole('region', {name: label});
const finding = (page: Page, name: RegExp) => explanation(page).getByRole('button', {name});
const address = (page: Page) => new URL(page.url()).searchParams;

test('explanation: a trace opens with it on top, and a finding leads to its spans', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${ids.deadlock}`);
  const first = finding(page, /^Error: deadlock/);
  await first.waitFor();
  const tree = page.getByRole('treeitem').first();
  await tree.waitFor();
  const [above, below] = [await first.boundingBox(), await tree.boundingBox()];
  expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);

  await first.click();
  await page.getByRole('region', {name: 'Span details'}).getByRole('heading', {name: 'pg.query:UPDATE shop'}).waitFor();
  await page.locator('[role=treeitem][aria-selected=true]', {hasText: 'pg.query:UPDATE'}).waitFor();
  await page
    .getByRole('status')
    .filter({hasText: /^Finding: 1 of \d+$/})
    .waitFor();
  expect(await first.getAttribute('aria-pressed')).toBe('true');
  // What would show that it is not so stands with the finding that is chosen.
  await first.getByText(/Confidence 95 %\. It would be disproved by/).waitFor();

  // The address follows in a moment, and restores it.
  await eventually(() => address(page).get('finding')).toBe('1');
  await page.reload();
  await page
    .getByRole('status')
    .filter({hasText: /^Finding: 1 of \d+$/})
    .waitFor();
  await page.keyboard.press('Escape');
  await eventually(() => address(page).get('finding')).toBeNull();
});

test('explanation: the key x goes from finding to finding, X back', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${ids['slow-checkout']}`);
  await finding(page, /^Retry backoff of 5 s/).waitFor();
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('x');
  await eventually(() => address(page).get('finding')).toBe('1');
  await page.getByRole('region', {name: 'Span details'}).getByRole('heading', {name: 'retry.backoff'}).waitFor();
  await page.keyboard.press('x');
  await eventually(() => address(page).get('finding')).toBe('2');
  await page.keyboard.press('X');
  await eventually(() => address(page).get('finding')).toBe('1');
  // Another way to select takes its place.
  await page.keyboard.press('p');
  await eventually(() => [address(page).get('finding'), address(page).get('select')]).toEqual([null, 'path']);
});

test('explanation: the paragraph is copied for an incident', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${ids['slow-checkout']}`);
  await explanation(page).getByRole('button', {name: 'Copy the explanation as a paragraph'}).click();
  await eventually(() => page.evaluate<string>('navigator.clipboard.readText()')).toMatch(
    /^gateway "POST \/api\/checkout" took 8.* payment paused 5 s .* between attempts at "charge card attempt"/,
  );
});

test('explanation: of a healthy trace it says that nothing stands out, and where the time went', async () => {
  const page = await openPage(browser, weft.http, {colorScheme: 'dark'});
  await page.goto(`/trace/${ids.healthy}`);
  await explanation(page).getByText('Nothing stands out.').waitFor();
  await explanation(page)
    .getByText(/\d+ gRPC \+ \d+ HTTP/)
    .waitFor();
  expect(await explanation(page).getByRole('listitem').count()).toBe(0);
});

test('explanation: it is said in the language of the page', async () => {
  const page = await openPage(browser, weft.http, {locale: 'zh-CN'});
  await page.goto(`/trace/${ids.deadlock}`);
  await explanation(page, '说明')
    .getByRole('button', {name: /^错误：死锁/})
    .waitFor();
});

test('explanation: a request that fails is told, and the trace is shown all the same', async () => {
  const page = await openPage(browser, weft.http, {}, [/500/]);
  await page.route('**/explain?**', (route) => route.fulfill({status: 500, json: {}}));
  await page.goto(`/trace/${ids.deadlock}`);
  await explanation(page)
    .getByText(/^No explanation\./)
    .waitFor();
  await page.getByRole('treeitem').first().waitFor();
});

test('explanation: the waits that it names are drawn in the waterfall, with their cause, and said of their row', async () => {
  const page = await openPage(browser, weft.http);
  const answer = await (await page.request.get(`/api/weft/v1/traces/${ids['slow-checkout']}/explain`)).json();
  const [longest] = answer.gaps as {spanId: string; cause: string}[];
  expect(longest?.cause).toBe('backoff');
  await page.goto(`/trace/${ids['slow-checkout']}?span=${longest?.spanId}`);
  const row = page.locator(`#span-${longest?.spanId}`);
  const mark = row.locator('[data-gap=backoff]').first();
  await mark.waitFor();
  expect(await mark.getAttribute('title')).toMatch(/^Waits .+: backoff before a retry$/);
  expect(await row.getAttribute('aria-label')).toContain('backoff before a retry');
});

test('trace page: the map of the trace has its services and calls, and leads to the spans of one', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${ids['slow-checkout']}`);
  await page.getByRole('button', {name: 'Map', exact: true}).click();
  await eventually(() => address(page).get('tab')).toBe('map');
  await page.getByText('gateway → order', {exact: true}).waitFor();
  await page.getByRole('button', {name: /^payment/}).click();
  await eventually(() => address(page).get('find')).toBe('service="payment"');
  await page.getByRole('treeitem').first().waitFor();
});

test.each([1440, 1280, 390])('explanation: folded at %i pixels, no line of it is cut', async (width) => {
  const page = await openPage(browser, weft.http, {viewport: {width, height: 900}});
  await page.goto(`/trace/${ids['slow-checkout']}`);
  await finding(page, /^Retry backoff of 5 s/).waitFor();
  const lines = `(() => {
    const body = document.querySelector('[aria-label="Explanation"] ol').parentElement;
    const range = document.createRange();
    range.selectNodeContents(body);
    const bottom = body.getBoundingClientRect().bottom;
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0 && rect.height < 24.5);
    return {
      shown: rects.filter((rect) => rect.bottom <= bottom + 1).length,
      beyond: rects.filter((rect) => rect.top >= bottom - 1).length,
      cut: rects.filter((rect) => rect.top < bottom - 1 && rect.bottom > bottom + 1).length,
    };
  })()`;
  const {shown, beyond, cut} = await page.evaluate<{shown: number; beyond: number; cut: number}>(lines);
  expect(cut).toBe(0);
  // There is more than what is folded away, and something to read.
  expect(shown).toBeGreaterThan(0);
  expect(beyond).toBeGreaterThan(0);
});
