/** The trace page, used as a person would, against the real Weft. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage, type SentTrace, slowCheckout, traceOf} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
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
  await details.getByRole('row', {name: /http\.route/}).click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Only with this value', exact: true}).click();
  await eventually(() => new URL(page.url()).searchParams.get('where')).toBe('http.route=/checkout');
  await page.getByRole('link', {name: /gateway POST \/checkout/}).waitFor();
});

test('trace page: a trace is asked for once, before the code that draws it has come', async () => {
  const page = await openPage(browser, weft.http);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  const answers = asked.filter((path) => path === `/api/weft/v1/traces/${slow.traceId}`);
  expect(answers).toHaveLength(1);
  expect(asked.indexOf(answers[0]!)).toBeLessThan(asked.findIndex((path) => /^\/assets\/index-/.test(path)));
});

test('trace page: the next error is a key away, with its exception and stack; only the errors can be shown', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('e');
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByText('PaymentDeclined', {exact: true}).waitFor();
  await details.getByText('at charge (/app/payment/provider.js:88:11)').waitFor();
  await eventually(() => selected(page).getAttribute('aria-label')).toContain('payment charge card');

  await page.keyboard.press('o');
  await eventually(() => new URL(page.url()).searchParams.get('only')).toBe('true');
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
  await page.getByRole('button', {name: '4 errors: Where errors began'}).click();
  await stands('pay1');
});

const strip = (page: Page) => page.getByRole('toolbar', {name: 'Select spans'});

test('trace page: the strip says which spans are selected and why, steps through them, and is cleared by Escape', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  await strip(page)
    .getByRole('button', {name: /^Critical path/})
    .click();
  await strip(page).getByText('Critical path: 1 of ').waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('select')).toBe('path');
  await eventually(() => rows(page).first().getAttribute('aria-label')).toMatch(/on the critical path$/);
  // The stock was reserved beside nothing: it is on the path; the second try's server is, its caller only at both ends.
  await page.keyboard.press('n');
  await strip(page).getByText('Critical path: 2 of ').waitFor();
  await strip(page).getByRole('button', {name: 'Previous'}).click();
  await strip(page).getByText('Critical path: 1 of ').waitFor();
  await page.keyboard.press('Escape');
  await eventually(() => strip(page).getByRole('status').textContent()).toBe('');
  await eventually(() => new URL(page.url()).searchParams.get('select')).toBe(null);
  // The details are closed by the next one.
  await page.getByRole('region', {name: 'Span details'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('region', {name: 'Span details'}).waitFor({state: 'detached'});
});

test('trace page: the way into the details and back is a key each, and arrows go through the attributes', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('i');
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByRole('row', {name: /order\.id 41/}).waitFor();
  const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""');
  await details.locator('[data-scroller]').focus();
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toContain('order.id');
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toContain('order.total');
  await page.keyboard.press('m');
  await page.getByRole('menuitem', {name: 'Only with this value', exact: true}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem').first().waitFor({state: 'detached'});
  await page.keyboard.press('Escape');
  await eventually(() => page.evaluate<string>('document.activeElement?.getAttribute("role") ?? ""')).toBe('tree');
  await details.waitFor();
});

test('trace page: one Tab from the loaded page on, the keyboard is among the spans, and without another in their details', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  const focused = () => page.evaluate<string>('document.activeElement?.getAttribute("role") ?? ""');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await eventually(focused).toBe('tree');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('i');
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByRole('row', {name: /order\.id 41/}).waitFor();
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toBe('row');
  await page.keyboard.press('Escape');
  await eventually(focused).toBe('tree');
  // The parts of the details are one stop, and the arrow keys go from one to the next.
  await page.keyboard.press('i');
  await eventually(() => page.evaluate<string>('document.activeElement?.getAttribute("aria-label")')).toBe(
    'Span details',
  );
  const parts = details.getByRole('toolbar', {name: 'Parts of the details'});
  await eventually(() => parts.getByRole('button').allInnerTexts()).toEqual(['Attributes 6', 'Resource 3']);
  await parts.getByRole('button', {name: 'Attributes'}).focus();
  await page.keyboard.press('ArrowRight');
  await eventually(() => page.evaluate<string>('document.activeElement?.textContent')).toBe('Resource 3');
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
  await page.getByText('Found: 2 spans').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 2').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('2 of 2').waitFor();
  expect(await names(page)).toContain('backoff wait');
  await eventually(() => new URL(page.url()).searchParams.get('find')).toBe('backoff');
});

test('finding: attributes, events and comparisons are found too, and only the matches can be shown', async () => {
  // Nothing that Weft must refuse is asked for: it would be written to the console, which must stay empty.
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}`);
  await rows(page).first().waitFor();
  const field = page.getByLabel('Find in the trace');
  for (const [text, count] of [
    ['503', 4],
    ['PaymentDeclined', 2],
    ['http.response.status_code>=500', 2],
    ['payment.attempt=3', 1],
    ['tenant=acme', 1],
    ['duration>7s', 3],
    ['status=error kind=client', 2],
    ['duration > 7000', 3],
    ['error=true -kind!=client', 2],
  ] as const) {
    await field.fill(text);
    await strip(page)
      .getByText(`Found: ${count} span${count === 1 ? '' : 's'}`, {exact: true})
      .waitFor();
  }
  await field.fill('duration>long');
  await strip(page).getByText('“long” is no duration: write one such as 200ms, 1.5s or 1h30m').waitFor();
  await field.fill('kind=foo');
  await strip(page).getByText('kind is one of server, client').waitFor();
  await field.fill('note="half');
  await strip(page).getByText('waiting for the closing quote').waitFor();
  await field.fill('payment.attempt=3');
  await strip(page).getByText('Found: 1 span', {exact: true}).waitFor();
  await field.press('Enter');
  await field.blur();
  await page.keyboard.press('o');
  await eventually(() => names(page)).toEqual([
    'POST /checkout',
    'create order',
    'charge',
    'POST /charge',
    'charge card',
  ]);
  await eventually(() => new URL(page.url()).searchParams.get('only')).toBe('true');
  await page.reload();
  await rows(page).first().waitFor();
  await eventually(async () => (await names(page)).length).toBe(5);
});

test('trace page: an address brings back the same view', async () => {
  const page = await openPage(browser, weft.http);
  const span = slow.spanId('pay2');
  await page.goto(`/trace/${slow.traceId}?span=${span}&fold=1&zoom=2900000000-4000000000`);
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${span}`);
  await page.getByRole('region', {name: 'Span details'}).getByText(span).first().waitFor();
  await eventually(() =>
    page.getByRole('slider', {name: 'Start of the part in view'}).getAttribute('aria-valuetext'),
  ).toBe('2.90 s');
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
  await page.getByText(/Width is work, summed over all spans of a path: 8\.0\d s of work in 8\.04 s/).waitFor();
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

test('trace page: statistics are by operation, service or an attribute, with columns of choice, all by the address', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?tab=table`);
  const table = page.getByRole('table');
  const firsts = () =>
    table
      .getByRole('row')
      .getByRole('button')
      .filter({hasText: /slowest/})
      .allInnerTexts();
  const query = (key: string) => eventually(() => new URL(page.url()).searchParams.get(key));
  await table.getByText('backoff wait').waitFor();
  await page.getByText('Service', {exact: true}).click();
  await query('by').toBe('service');
  await eventually(async () => (await firsts()).length).toBe(4);
  const field = page.getByLabel('or by an attribute…');
  await field.fill('payment.attempt');
  await field.press('Enter');
  await query('by').toBe('payment.attempt');
  // Three attempts, and all that were none.
  await table.getByText('without payment.attempt').waitFor();
  await eventually(async () => (await firsts()).length).toBe(4);
  await page.getByRole('button', {name: 'Columns'}).click();
  await page.getByRole('menuitemcheckbox', {name: 'Average'}).click();
  await page.keyboard.press('Escape');
  await query('columns').toBe('operation,count,errors,total,self,wall,max');
  await page
    .getByTitle(/Sort by Wall time|ran side by side counts once/)
    .first()
    .click();
  await query('sort').toBe('wall');
  await page.reload();
  await table.getByText('without payment.attempt').waitFor();
  expect(await table.getByRole('columnheader', {name: /Average/}).count()).toBe(0);
  await table.getByRole('button', {name: /^3/}).click();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${slow.spanId('pay3')}`);
});

test('trace page: orphans are said to be so, neutrally while they may still come; a linked span lies on this one', async () => {
  const odd = (ago: number) =>
    traceOf(ago, [
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
  const old = odd(90_000);
  const young = odd(1_000);
  await weft.send(old.body, young.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${young.traceId}`);
  await page.getByText('Their parent span has not arrived yet').waitFor();
  await page.getByText('still arriving', {exact: true}).waitFor();
  await page.goto(`/trace/${old.traceId}`);
  await page.getByText(/Their parent span is not in this trace/).waitFor();
  expect(await names(page)).toEqual(['GET /odd', 'late child', 'score']);
  await page.getByTitle(`Parent ${old.spanId('never-sent')} is not in this trace`).waitFor();
  // A child that only ends late is no fault of a clock.
  await rows(page).nth(1).click();
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByText('ends 40.0 ms after its parent').waitFor();
  expect(await page.getByText(/clock/i).count()).toBe(0);

  await rows(page).last().click();
  await page.getByRole('link', {name: new RegExp(slow.traceId)}).click();
  const trail = page.getByRole('navigation', {name: 'How these details were reached'});
  await trail.getByText('charge', {exact: true}).waitFor();
  await details.getByText('Of another trace').waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('pane')).toBe(`${slow.traceId}-${slow.spanId('charge')}`);
  await page.reload();
  await trail.getByRole('button', {name: 'score'}).click();
  await trail.waitFor({state: 'detached'});
  await eventually(() => new URL(page.url()).searchParams.get('pane')).toBe(null);
  await page.getByRole('link', {name: new RegExp(slow.traceId)}).click();
  await page.getByRole('link', {name: 'Open its trace'}).click();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${slow.spanId('charge')}`);
});

test('trace page: parents in a ring are said to be so, and where; nothing of them is still arriving', async () => {
  const ring = traceOf(1_000, [
    {id: 'root', service: 'gateway', name: 'GET /ring', kind: 2, start: 0, end: 50},
    {id: 'a', parent: 'c', service: 'order', name: 'first of the ring', start: 10, end: 20},
    {id: 'b', parent: 'a', service: 'order', name: 'second', start: 11, end: 19},
    {id: 'c', parent: 'b', service: 'order', name: 'third', start: 12, end: 18},
    {id: 'own', parent: 'own', service: 'order', name: 'its own', start: 13, end: 18},
  ]);
  const alone = traceOf(1_000, [
    {id: 'x', parent: 'y', service: 'order', name: 'one', start: 0, end: 9},
    {id: 'y', parent: 'x', service: 'order', name: 'other', start: 1, end: 8},
  ]);
  await weft.send(ring.body, alone.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${ring.traceId}`);
  await page.getByText('The parents of these spans form a ring').waitFor();
  expect(await names(page)).toEqual(['GET /ring', 'first of the ring', 'second', 'third', 'its own']);
  expect(await page.getByText('still arriving').count()).toBe(0);
  await page.getByTitle('It names itself as its parent').waitFor();
  await page.getByTitle(`Its parent ${ring.spanId('c')} stands below it`).waitFor();
  await rows(page).nth(1).click();
  await page.getByRole('region', {name: 'Span details'}).getByRole('button', {name: 'third'}).click();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${ring.spanId('c')}`);
  await page.goto(`/trace/${alone.traceId}`);
  await page.getByText('parents form a ring', {exact: true}).waitFor();
});

test('trace page: odd times are drawn as far as they can be, and said', async () => {
  const day = 86_400_000;
  const odd = traceOf(day + 60_000, [
    {id: 'root', service: 'gateway', name: 'GET /odd', kind: 2, start: 0, end: 50},
    {id: 'back', parent: 'root', service: 'gateway', name: 'backwards', start: 30, end: 10},
    {id: 'long', parent: 'root', service: 'gateway', name: 'longer than its parent', start: 5, end: 90},
    {id: 'late', parent: 'root', service: 'gateway', name: 'a day later', start: day, end: day + 20},
  ]);
  const none = traceOf(70_000, [{id: 'root', service: 'gateway', name: 'no time', kind: 2, start: 0, end: 0}]);
  await weft.send(odd.body, none.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${odd.traceId}`);
  const note = page.locator('p').filter({hasText: '1 span ends before it starts'});
  await note.getByRole('button', {name: 'Show'}).click();
  const details = page.getByRole('region', {name: 'Span details'});
  await details.getByText('ends 20.0 ms before it starts').waitFor();
  await page.getByText(/^Nothing ran for 1 d|^Nothing ran for 24 h|^Nothing ran for 23/).waitFor();
  await page.getByRole('button', {name: 'What ran before'}).click();
  await eventually(() => new URL(page.url()).searchParams.get('zoom')).toBe('0-90000000');
  await page.getByRole('button', {name: 'What ran after'}).click();
  await eventually(() => new URL(page.url()).searchParams.get('zoom')).toBe(`${day}000000-${day + 20}000000`);
  await page.goto(`/trace/${none.traceId}`);
  await page
    .locator('header dl > div')
    .filter({hasText: /^Duration0/})
    .waitFor();
});

test('trace page: a span of the address that is not in the trace is said to be missing, until another is chosen', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${slow.traceId}?span=${'ab'.repeat(8)}`);
  const note = page.getByText(`The span ${'ab'.repeat(8)} that the address names is not in this trace.`);
  await note.waitFor();
  await page.keyboard.press('ArrowDown');
  await note.waitFor({state: 'detached'});
  await eventually(() => new URL(page.url()).searchParams.get('span')).toBe(null);
});

test('trace page: a server an hour off stands where it fits, with a note, and where its clock says on request', async () => {
  const hour = 3_600_000;
  const skewed = traceOf(120_000, [
    {id: 'root', service: 'gateway', host: 'web-1', name: 'GET /skewed', kind: 2, start: 0, end: 100},
    {id: 'call', parent: 'root', service: 'gateway', host: 'web-1', name: 'GET /stock', kind: 3, start: 10, end: 90},
    {
      id: 'stock',
      parent: 'call',
      service: 'inventory',
      host: 'db-1',
      name: 'stock',
      kind: 2,
      start: hour,
      end: hour + 60,
    },
    {
      id: 'query',
      parent: 'stock',
      service: 'inventory',
      host: 'db-1',
      name: 'SELECT',
      kind: 3,
      start: hour,
      end: hour + 9,
    },
  ]);
  await weft.send(skewed.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${skewed.traceId}`);
  await page.getByText(/The clock of db-1 is 1h ahead|The clock of db-1 is .* ahead/).waitFor();
  await page.getByText('2 spans are moved to where they fit').waitFor();
  const label = () => rows(page).nth(2).getAttribute('aria-label');
  expect(await label()).toContain('starts at 20.0 ms');
  await rows(page).nth(2).click();
  await page
    .getByRole('region', {name: 'Span details'})
    .getByText(/^sent as /)
    .waitFor();
  await page.getByRole('button', {name: 'Show as sent'}).click();
  await eventually(() => new URL(page.url()).searchParams.get('clocks')).toBe('sent');
  await page.getByText('Spans stand where their clocks say').waitFor();
  await page.getByTitle(/It cannot have begun then/).waitFor();
  await page.getByRole('button', {name: 'Move them'}).click();
  await eventually(label).toContain('starts at 20.0 ms');
});

test('trace page: twenty equal siblings are one row with their sum, and each its own when asked for', async () => {
  const crowd = traceOf(50_000, [
    {id: 'root', service: 'catalog', name: 'GET /products', kind: 2, start: 0, end: 300},
    ...Array.from({length: 20}, (_, i) => ({
      id: `q${i}`,
      parent: 'root',
      service: 'catalog',
      name: 'SELECT product',
      kind: 3 as const,
      start: 10 + 10 * i,
      end: 15 + 10 * i,
      ...(i === 7 ? {error: 'deadlock'} : {}),
    })),
  ]);
  await weft.send(crowd.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${crowd.traceId}`);
  const group = page.getByRole('treeitem', {name: /^20 times catalog SELECT product, 100 ms together/});
  await group.waitFor();
  await eventually(() => group.getAttribute('aria-label')).toContain('1 of them failed');
  await eventually(() => group.getAttribute('aria-expanded')).toBe('false');
  await eventually(() => rows(page).count()).toBe(2);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await eventually(() => rows(page).count()).toBe(22);
  await eventually(() => new URL(page.url()).searchParams.get('spread')).toBe(crowd.spanId('q0'));
  await page.reload();
  await eventually(() => rows(page).count()).toBe(22);
  await page.keyboard.press('G');
  await eventually(() => rows(page).count()).toBe(2);
  // What is found in a row of many is counted, and the first step shows the first of them by itself.
  await page.getByLabel('Find in the trace').fill('SELECT');
  await strip(page).getByText('Found: 20 spans', {exact: true}).waitFor();
  await page.getByLabel('Find in the trace').press('Enter');
  await strip(page).getByText('Found: 1 of 20', {exact: true}).waitFor();
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${crowd.spanId('q0')}`);
  await page.getByLabel('Find in the trace').press('Escape');
  await page.keyboard.press('G');
  await eventually(() => rows(page).count()).toBe(2);
  // What is looked for is never hidden in a group.
  await page.keyboard.press('e');
  await eventually(() => selected(page).getAttribute('id')).toBe(`span-${crowd.spanId('q7')}`);
  await page.keyboard.press('ArrowLeft');
  await eventually(() => selected(page).getAttribute('id')).toBe(`group-${crowd.spanId('q0')}`);
  await page.keyboard.press('g');
  await eventually(() => rows(page).count()).toBe(2);
});

test('trace page: a long name of a service leaves the operation whole and stays in the header', async () => {
  const page = await openPage(browser, weft.http);
  const service = 'a-service-of-a-very-long-name-'.repeat(8);
  const trace = traceOf(40_000, [{id: 'root', service, name: 'GET /short', start: 0, end: 90}]);
  await weft.send(trace.body);
  await page.goto(`/trace/${trace.traceId}`);
  const header = page.locator('header').filter({has: page.getByRole('heading', {name: /GET/})});
  const operation = header.getByTitle('GET /short', {exact: true});
  await operation.waitFor();
  for (const width of [1440, 1024, 800]) {
    await page.setViewportSize({width, height: 900});
    await eventually(() => operation.evaluate((one) => one.scrollWidth - one.clientWidth), `${width}`).toBe(0);
    await eventually(
      () => header.locator('dd a').evaluate((one) => one.getBoundingClientRect().right),
      `${width}`,
    ).toBeLessThanOrEqual(width);
  }
});

test('trace page: the header says what is asked first', async () => {
  const page = await openPage(browser, weft.http);
  const failed = traceOf(40_000, [
    {
      id: 'root',
      service: 'gateway',
      name: 'POST',
      kind: 2,
      start: 0,
      end: 90,
      error: 'no stock',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/checkout',
        'http.response.status_code': 503,
        tenant: 'acme',
      },
    },
    ...Array.from({length: 9}, (_, i) => ({
      id: `s${i}`,
      parent: 'root',
      service: `service-number-${i}`,
      name: 'work',
      start: 10 * i,
      end: 10 * i + 5,
    })),
  ]);
  await weft.send(failed.body);
  await page.goto(`/trace/${failed.traceId}`);
  const header = page.locator('header').filter({has: page.getByRole('heading', {name: /gateway/})});
  await header.getByText('Failed', {exact: true}).waitFor();
  await header.getByText('HTTP 503', {exact: true}).waitFor();
  for (const fact of ['EntryPOST /checkout', 'Version1.4.2', 'Tenantacme', 'Spans10', 'Errors1'])
    await header
      .locator('dl > div')
      .filter({hasText: new RegExp(`^${fact}$`)})
      .waitFor();
  await header.getByRole('button', {name: /All services of the trace/}).click();
  await eventually(() => page.getByRole('menuitem').count()).toBe(10);
  await page.getByRole('menuitem', {name: /service-number-8/}).waitFor();

  // As nginx' module sends it: the answer was a failure, the span says nothing of it.
  const unset = traceOf(40_000, [
    {
      id: 'root',
      service: 'nginx',
      name: '/',
      kind: 2,
      start: 0,
      end: 90,
      attributes: {'http.response.status_code': 502},
    },
  ]);
  await weft.send(unset.body);
  await page.goto(`/trace/${unset.traceId}`);
  await page.locator('header').getByText('HTTP 502', {exact: true}).waitFor();
  await page.locator('header').getByText('Not marked as failed', {exact: true}).waitFor();

  // By the older name, as a text, and with an error inside: no request that was answered so has healed.
  const older = traceOf(41_000, [
    {
      id: 'root',
      service: 'old-proxy',
      name: '/old',
      kind: 2,
      start: 0,
      end: 90,
      attributes: {'http.status_code': '503'},
    },
    {id: 'call', parent: 'root', service: 'old-proxy', name: 'call', start: 1, end: 80, error: 'refused'},
  ]);
  await weft.send(older.body);
  await page.goto(`/trace/${older.traceId}`);
  await page.locator('header').getByText('HTTP 503', {exact: true}).waitFor();
  await page.locator('header').getByText('Not marked as failed', {exact: true}).waitFor();
  await page.goto('/?service=old-proxy');
  const badge = page.getByText('HTTP 503', {exact: true});
  await badge.waitFor();
  await eventually(() => badge.getAttribute('title')).toMatch(/status of the first span was not set/);
});

test('trace page: ten services have ten colours and fifteen different looks, whatever they have elsewhere', async () => {
  const names = Array.from({length: 10}, (_, i) => `tinted-${i}`);
  const tinted = traceOf(
    45_000,
    names.map((service, i) => ({
      id: service,
      service,
      name: 'work',
      start: i,
      end: i + 5,
      ...(i > 0 ? {parent: 'tinted-0'} : {}),
    })),
  );
  const others = traceOf(
    45_000,
    Array.from({length: 15}, (_, i) => ({id: `o${i}`, service: `another-${i}`, name: 'work', start: 0, end: 1})),
  );
  await weft.send(others.body, tinted.body);
  const page = await openPage(browser, weft.http);
  const looks = async (part: string): Promise<ReadonlySet<string>> =>
    new Set(
      await rows(page)
        .locator(part)
        .evaluateAll((all) => all.map((one) => (one as unknown as {style: {background: string}}).style.background)),
    );
  const swatch = '[aria-hidden=true][style*=background]';
  const bar = '[data-failed][style*=background]';
  await page.goto(`/trace/${tinted.traceId}`);
  const colours = async () => new Set(Array.from(await looks(swatch), (look) => /--service-\d/.exec(look)?.[0])).size;
  await eventually(colours).toBe(10);
  await page.goto(`/trace/${others.traceId}`);
  await eventually(async () => (await looks(swatch)).size).toBe(15);
  // The bars differ too, without a look at the names.
  expect((await looks(bar)).size).toBe(15);
});

test('trace page: names are shown as they are, and addresses are links that run nothing', async () => {
  const odd = traceOf(35_000, [
    {id: 'root', service: 'gate\u200bway', name: 'pay\u202eeerf', kind: 2, start: 0, end: 50},
    {
      id: 'blank',
      parent: 'root',
      service: 'order',
      name: '',
      start: 10,
      end: 40,
      attributes: {good: 'https://example.com/runbook?id=1', bad: 'javascript:alert(1)'},
    },
  ]);
  await weft.send(odd.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${odd.traceId}`);
  await eventually(() => names(page)).toEqual(['pay[U+202E]eerf', '(no name)']);
  await eventually(() => rows(page).first().getAttribute('aria-label')).toMatch(/^gate\[U\+200B\]way /);
  await rows(page).last().click();
  const details = page.getByRole('region', {name: 'Span details'});
  const link = details.getByRole('link', {name: 'https://example.com/runbook?id=1'});
  await link.waitFor();
  await eventually(async () => [await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual([
    'https://example.com/runbook?id=1',
    'noopener noreferrer',
  ]);
  await details.getByText('javascript:alert(1)').waitFor();
  expect(await details.getByRole('link', {name: /javascript/}).count()).toBe(0);
});

test('trace page: values are readable: JSON and statements in lines, long ones in part; copied, they are whole and as sent', async () => {
  const sql = `SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.tenant = 'from x'`;
  const json = `{"id":9007199254740993,"items":[${Array.from({length: 30}, (_, i) => `{"sku":"s${i}"}`).join(',')}]}`;
  const long = `${'x'.repeat(1024 * 1024)} the end`;
  const key = `deeply.${'nested_key.'.repeat(11)}`.slice(0, 128);
  const message = 'out of stock\nfor sku 7';
  const odd = traceOf(36_000, [
    {
      id: 'root',
      service: 'order',
      name: 'values',
      start: 0,
      end: 50,
      attributes: {'db.query.text': sql, payload: json, long, [key]: 'its value'},
      events: [{name: 'exception', at: 5, attributes: {'exception.type': 'Sold', 'exception.message': message}}],
    },
  ]);
  await weft.send(odd.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${odd.traceId}?span=${odd.spanId('root')}`);
  const details = page.getByRole('region', {name: 'Span details'});
  const row = (name: RegExp) => details.getByRole('row', {name});
  const lines = (name: RegExp) => row(name).locator('pre').innerText();
  await row(/^payload/).waitFor();
  expect((await lines(/^db\.query\.text/)).split('\n').map((line) => line.split(' ')[0])).toEqual([
    'SELECT',
    'FROM',
    'JOIN',
    'WHERE',
  ]);
  expect((await lines(/^payload/)).split('\n').slice(0, 3)).toEqual(['{', '  "id": 9007199254740993,', '  "items": [']);
  await row(/^payload/)
    .getByRole('button', {name: /^Show more \(\d+ lines\)/})
    .click();
  expect(await lines(/^payload/)).toContain('"s29"');
  await row(/^payload/)
    .getByRole('button', {name: 'As sent'})
    .click();
  expect(await lines(/^payload/)).toBe(json);
  await row(new RegExp(`^${key}`))
    .getByText('its value')
    .waitFor();
  await details.getByText('Sold: out of stock for sku 7').waitFor();

  const copied = async (): Promise<string> => String(await page.evaluate('navigator.clipboard.readText()'));
  for (const [name, whole] of [
    [/^payload/, json],
    [/^long/, long],
    [/^db\.query\.text/, sql],
  ] as const) {
    expect((await row(name).innerText()).length).toBeLessThan(2_500);
    await row(name).getByRole('button', {name: 'Copy the whole value'}).click();
    await eventually(async () => (await copied()) === whole).toBe(true);
  }
  await row(/^long/)
    .getByRole('button', {name: /^Show more \(1,048,\d+ characters\)/})
    .click();
  await eventually(async () => (await row(/^long/).innerText()).length).toBeGreaterThan(20_000);
});

test('trace page: a span at the limits of the SDK draws what is near the view, and every event can be reached', async () => {
  const attributes = (of: string) =>
    Object.fromEntries(Array.from({length: 128}, (_, i) => [`${of}.key_${i}`, `value ${i}`]));
  const full = traceOf(55_000, [
    {
      id: 'root',
      service: 'batch',
      name: 'import',
      start: 0,
      end: 2_000,
      attributes: attributes('span'),
      events: Array.from({length: 2_000}, (_, i) => ({
        name: i === 1_999 ? 'the last' : `step ${i}`,
        at: i,
        attributes: i < 128 ? attributes(`event${i}`) : {n: String(i)},
      })),
    },
  ]);
  await weft.send(full.body);
  const page = await openPage(browser, weft.http);
  await page.goto(`/trace/${full.traceId}?span=${full.spanId('root')}`);
  const details = page.getByRole('region', {name: 'Span details'});
  // Attributes come first where no exception is told of; the events are a click away.
  const top = async (text: string) => (await details.getByText(text, {exact: true}).boundingBox())?.y ?? 9_999;
  await details.getByText('span.key_0', {exact: true}).waitFor();
  expect(await top('span.key_0')).toBeLessThan(700);
  await details.getByRole('button', {name: 'Events 2,000'}).click();
  await details.getByText('step 0', {exact: true}).waitFor();
  await eventually(() => top('step 0')).toBeLessThan(700);
  expect(await details.getByRole('row').count()).toBeLessThan(150);
  expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(3_500);
  await details.getByRole('button', {name: /step 3 /}).click();
  await details.getByRole('row', {name: /event3\.key_127/}).waitFor();
  await details.getByLabel('Filter attributes').fill('the last');
  await details.getByText('the last', {exact: true}).waitFor();
  await details.getByLabel('Filter attributes').fill('');
  const last = details.getByText('the last', {exact: true});
  // The last event lies just above what comes after the events.
  await eventually(async () => {
    await details.getByRole('button', {name: 'Resource 3'}).click();
    return last.count();
  }).toBe(1);
});

test('trace page: services and operations of a span lead to the search for them', async () => {
  const page = await openPage(browser, weft.http);
  const address = `/trace/${slow.traceId}?span=${slow.spanId('pay1')}`;
  const details = page.getByRole('region', {name: 'Span details'});
  for (const [name, query] of [
    ['payment', '?service=payment'],
    ['charge card', '?service=payment&where=operation=charge+card'],
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

test('trace page: an error that the request survived is healed, and a long service leaves room for its operation', async () => {
  const page = await openPage(browser, weft.http);
  const long = traceOf(4_000, [
    {id: 'root', service: `checkout-${'x'.repeat(207)}`, name: 'POST /pay', kind: 2, start: 0, end: 40},
    {
      id: 'try',
      parent: 'root',
      service: 'provider',
      name: 'try 1',
      start: 2,
      end: 9,
      error: 'timeout',
      attributes: {note: 'exa\u202emple'},
    },
  ]);
  await weft.send(long.body);
  for (const width of [1440, 390]) {
    await page.setViewportSize({width, height: 900});
    await page.goto(`/trace/${long.traceId}?span=${long.spanId('try')}`);
    await page.locator('header').getByText('Healed', {exact: true}).waitFor();
    const box = await page.locator('h1').getByText('POST /pay').boundingBox();
    expect(box!.width, `${width}`).toBeGreaterThan(30);
    expect(box!.x + box!.width, `${width}`).toBeLessThan(width);
    // What would reorder the text around it is written out in values too.
    await page.getByText('exa[U+202E]mple').waitFor();
  }
  for (const odd of ['%00', 'zzz', '0'.repeat(32)]) {
    await page.goto(`/trace/${odd}`);
    await page.getByRole('heading', {name: /is not a trace id/}).waitFor();
  }
});

test('trace page: in a low window no head covers what has the focus', async () => {
  const checkout = slowCheckout(20_000);
  await weft.send(checkout.body);
  for (const viewport of [
    {width: 1440, height: 500},
    {width: 390, height: 600},
  ]) {
    const page = await openPage(browser, weft.http, {viewport});
    await page.goto(`/trace/${checkout.traceId}?span=${checkout.spanId('pay1')}`);
    const copy = page.getByRole('button', {name: 'Copy the stack'});
    await copy.waitFor();
    const all = page.locator('[data-scroller="true"]').locator('a[href], button');
    for (let i = 1; i < (await all.count()); i++) {
      // Scrolled to where the head of its section lies over it, which a browser takes for in view.
      await all.nth(i).focus();
      await all.nth(i).evaluate((one) => {
        const scroller = one.closest('[data-scroller]')!;
        scroller.scrollTop += one.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      });
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Tab');
      expect(await page.evaluate<string>(coverOfFocus), `${viewport.width}`).toBe('');
    }
  }
});

/** Runs in the page: what lies over the upper or the lower edge of what has the focus. */
const coverOfFocus = `(() => {
  const one = document.activeElement;
  const {left, width, top, bottom} = one.getBoundingClientRect();
  for (const y of [top + 2, bottom - 2]) {
    const hit = document.elementFromPoint(left + width / 2, y);
    if (hit !== null && !one.contains(hit) && !hit.contains(one)) return (one.ariaLabel ?? one.textContent) + ' by ' + hit.outerHTML.slice(0, 80);
  }
  return '';
})()`;
