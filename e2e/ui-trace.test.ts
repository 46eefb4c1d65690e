/** The trace page, used as a person would, against the real Weft. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {buildPage, eventually, openBrowser, openPage, type SentTrace, slowCheckout, traceOf} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
  buildPage();
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slow = slowCheckout(60_000);
  await weft.send(slow.body);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const rows = (page: Page) => page.getByRole('treeitem');
/** Names of the rows on show, from top to bottom. */
const names = (page: Page): Promise<string[]> =>
  rows(page)
    .locator('[title]')
    .evaluateAll((cells) => cells.flatMap((cell) => (cell.getAttribute('title') ?? '').split('\n').slice(1)));
const selected = (page: Page) => page.locator('[role=treeitem][aria-selected=true]');

test('trace page: the waterfall shows every span below its parent, with the details of the one that is chosen', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  expect(await names(page)).toEqual([
    'POST /checkout',
    'create order',
    'UPDATE stock',
    'charge',
    'POST /charge',
    'charge card',
    'backoff wait',
    'POST /charge',
    'charge card',
    'backoff wait',
    'POST /charge',
    'charge card',
  ]);
  expect(await page.title()).toBe('POST /checkout · Weft');

  await rows(page).first().click();
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByRole('row', {name: /order\.id 41/}).waitFor();
  await details.getByRole('row', {name: /tenant acme/}).waitFor();
  await details.getByRole('row', {name: /service\.version 1\.4\.2/}).waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('span')).toBe(slow.spanId('root'));

  await details.getByLabel('Filter attributes').fill('route');
  await eventually(() => details.getByRole('row').allInnerTexts()).toEqual([expect.stringContaining('http.route')]);
  await details.getByRole('row', {name: /http\.route/}).hover();
  await details.getByRole('link', {name: 'Find traces with this http.route'}).click();
  await page.getByRole('link', {name: /gateway POST \/checkout/}).waitFor();
  expect(new URL(page.url()).searchParams.get('attribute')).toBe('http.route=/checkout');
});

test('trace page: the next error is a key away, with its exception and stack', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('e');
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByText('PaymentDeclined', {exact: true}).waitFor();
  await details.getByText('at charge (/app/payment/provider.js:88:11)').waitFor();
  await eventually(() => selected(page).getAttribute('aria-label')).toContain('payment charge card');

  await page.getByRole('button', {name: 'Errors only'}).click();
  expect(await names(page)).toEqual([
    'POST /checkout',
    'create order',
    'charge',
    'POST /charge',
    'charge card',
    'POST /charge',
    'charge card',
  ]);
});

test('trace page: where an error began, and where the time went, are a key or a click away', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?fold=0`);
  await rows(page).first().waitFor();
  const stands = (span: string) =>
    eventually(() => selected(page).getAttribute('id')).toBe(`span-${slow.spanId(span)}`);
  await page.keyboard.press('b');
  await stands('pay1');
  await page.getByRole('region', {name: 'Span details'}).getByText('PaymentDeclined', {exact: true}).waitFor();
  await page.keyboard.press('b');
  await stands('pay2');
  await page.keyboard.press('w');
  await stands('wait2');
  await page.keyboard.press('w');
  await stands('wait1');
  await page.keyboard.press('W');
  await stands('wait2');
  await page.keyboard.press('v');
  await eventually(() => new URL(page.url()).searchParams.get('tab')).toBe('flame');
  await page.getByRole('button', {name: '4 errors: Where the errors began'}).click();
  await stands('pay1');
});

test('trace page: keys move, fold, unfold, open and close', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  await page.keyboard.press('[');
  await eventually(() => names(page)).toEqual(['POST /checkout']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await eventually(() => names(page)).toEqual(['POST /checkout', 'create order']);
  await page.keyboard.press('ArrowRight');
  await eventually(() => selected(page).getAttribute('aria-label')).toContain('create order');
  await page.keyboard.press('Enter');
  await page.getByRole('region', {name: 'Span details'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('region', {name: 'Span details'}).waitFor({state: 'detached'});
  await page.keyboard.press('ArrowLeft');
  await eventually(() => selected(page).getAttribute('aria-label')).toContain('POST /checkout');
  await page.keyboard.press(']');
  await eventually(async () => (await names(page)).length).toBe(12);
});

test('finding: matches are counted and stepped through, folded ones are unfolded', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?fold=0`);
  await rows(page).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('backoff');
  await page.getByText('– of 2').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 2').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('2 of 2').waitFor();
  expect(await names(page)).toContain('backoff wait');
  await eventually(() => new URL(page.url()).searchParams.get('find')).toBe('backoff');
});

test('trace page: an address brings back the same view', async () => {
  const page = await openPage(browser, weft.http);
  const span = slow.spanId('pay2');
  await page.goto(`/trace/${slow.traceId}?span=${span}&fold=1&zoom=2900000000-4000000000`);
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${span}`);
  await page.getByRole('region', {name: 'Span details'}).getByText(span).first().waitFor();
  expect(await page.getByRole('slider', {name: 'Start of the part in view'}).getAttribute('aria-valuetext')).toBe(
    '2.90 s',
  );
});

test('trace page: dragging over the ruler zooms, 0 shows the whole again', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  const ruler = (await page.getByRole('img', {name: 'Time since the start of the trace'}).boundingBox())!;
  await page.mouse.move(ruler.x + ruler.width * 0.25, ruler.y + 8);
  await page.mouse.down();
  await page.mouse.move(ruler.x + ruler.width * 0.5, ruler.y + 8, {steps: 5});
  await page.mouse.up();
  await eventually(() => new URL(page.url()).searchParams.get('zoom')).toMatch(/^20\d{8}-40\d{8}$/);
  await page.keyboard.press('0');
  await eventually(() => new URL(page.url()).searchParams.get('zoom')).toBe(null);
});

test('trace page: flame graph and statistics lead back to spans of the timeline', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?tab=flame`);
  const flame = page.getByRole('img', {name: /^Flame graph/});
  await flame.hover({position: {x: 300, y: 50}});
  await page.getByRole('status').getByText('create order').waitFor();
  await flame.click({position: {x: 300, y: 50}});
  await eventually(() => new URL(page.url()).searchParams.get('frame')).toBe(slow.spanId('order'));

  await page.getByRole('button', {name: 'Statistics'}).click();
  const table = page.getByRole('table');
  await table.getByRole('row').nth(1).getByText('backoff wait').waitFor();
  await page.getByRole('button', {name: 'Sort by Errors'}).or(page.getByTitle('Sort by Errors')).first().click();
  await table
    .getByRole('row')
    .nth(1)
    .getByText(/charge/)
    .waitFor();
  await table.getByRole('button', {name: /backoff wait/}).click();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${slow.spanId('wait2')}`);
});

test('trace page: orphans and children outside their parent are said to be so; links open the other trace', async () => {
  const odd = traceOf(30_000, [
    {id: 'root', service: 'gateway', name: 'GET /odd', kind: 2, start: 0, end: 50},
    {id: 'late', parent: 'root', service: 'order', name: 'late child', start: 40, end: 90},
    {
      id: 'lost',
      parent: 'never-sent',
      service: 'fraud-check',
      name: 'score',
      start: 10,
      end: 20,
      links: [{traceId: slow.traceId, spanId: slow.spanId('charge')}],
    },
  ]);
  await weft.send(odd.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${odd.traceId}`);
  await page.getByText(/Their parent span is not in this trace/).waitFor();
  expect(await names(page)).toEqual(['GET /odd', 'late child', 'score']);
  await page.getByTitle(/Starts before or ends after its parent/).waitFor();
  await page.getByTitle(`Parent ${odd.spanId('never-sent')} is not in this trace`).waitFor();
  await rows(page).last().click();
  await page.getByRole('link', {name: new RegExp(slow.traceId)}).click();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${slow.spanId('charge')}`);
});

test('trace page: services, operations and attributes of a span lead to the search for them', async () => {
  const page = await openPage(browser, weft.http);
  const address = `/trace/${slow.traceId}?span=${slow.spanId('pay1')}`;
  const details = page.getByRole('region', {name: 'Span details'});
  for (const [name, query] of [
    ['payment', '?service=payment'],
    ['charge card', '?service=payment&operation=charge+card'],
    ['Find traces with this payment.attempt', '?attribute=payment.attempt=1'],
  ] as const) {
    await page.goto(address);
    await details.getByRole('link', {name, exact: true}).click();
    await page.waitForURL((url) => decodeURIComponent(url.search) === query);
    await page.getByText('1 trace', {exact: true}).waitFor();
  }
  await page.goto(address);
  await page.getByRole('main').getByRole('link', {name: 'inventory'}).click();
  await page.waitForURL('**/?service=inventory');
});

test('trace page: the trace can be had as Jaeger and OTLP JSON, and an unknown one is said to be unknown', async () => {
  const page = await openPage(browser, weft.http, {}, [/status of 404 .*\/traces\/abab/]);
  await page.goto(`/trace/${slow.traceId}`);
  const take = async (item: string): Promise<unknown> => {
    await page.getByRole('button', {name: 'Download or copy the whole trace'}).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', {name: item}).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString());
  };
  const jaeger = (await take('Download as Jaeger JSON')) as {data: {traceID: string; spans: unknown[]}[]};
  expect([jaeger.data[0]?.traceID, jaeger.data[0]?.spans.length]).toEqual([slow.traceId, 12]);
  const otlp = (await take('Download as OTLP JSON')) as {resourceSpans: {scopeSpans: {spans: unknown[]}[]}[]};
  const spans = otlp.resourceSpans.flatMap(({scopeSpans}) => scopeSpans.flatMap((scope) => scope.spans));
  expect(spans).toHaveLength(12);
  await page.getByRole('button', {name: 'Download or copy the whole trace'}).click();
  await page.getByRole('menuitem', {name: 'Copy as OTLP JSON'}).click();
  await eventually(async () => String(await page.evaluate('navigator.clipboard.readText()')).slice(0, 17)).toBe(
    '{"resourceSpans":',
  );

  await page.goto(`/trace/${'ab'.repeat(16)}`);
  await page.getByRole('alert').getByText('Code: not_found').waitFor();
});

test('20,000 spans: only what is near the view is drawn, and both ends are reachable', async () => {
  const count = 20_000;
  const large = traceOf(
    90_000,
    Array.from({length: count}, (_, i) => ({
      id: `s${i}`,
      service: `svc${i % 7}`,
      name: i === count - 1 ? 'the last one' : `step ${i % 50}`,
      start: i / 10,
      end: 4000 - i / 10,
      ...(i === 0 ? {} : {parent: `s${Math.floor((i - 1) / 12)}`}),
    })),
  );
  await weft.send(large.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${large.traceId}`);
  await rows(page).first().waitFor();
  await page.getByText('20,000').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('the last one');
  await page.keyboard.press('Enter');
  await page.getByText('1 of 1').waitFor();
  await eventually(() => names(page)).toContain('the last one');
  expect(await rows(page).count()).toBeLessThan(150);
  await page.keyboard.press('Escape');
  await page.keyboard.press('[');
  await eventually(() => rows(page).count()).toBe(1);
});
