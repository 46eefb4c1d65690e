/** The page of one service, used as a person would, over spans of half an hour that became slower and began to fail. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage, type SentTrace, type SpanSketch, traceOf} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slowest: SentTrace;

const long = `SELECT ${Array.from({length: 30}, (_, i) => `column_${i}`).join(', ')} FROM orders WHERE customer = 'c-17'`;

/** One order: the caller, the service, its database, its queue, and what it calls. */
function order(ago: number, {ms, failed, listing}: {ms: number; failed?: true; listing?: true}): SentTrace {
  const name = listing === true ? 'GET /orders' : 'POST /orders';
  const error = failed === true ? {error: 'payment 4711 was declined'} : {};
  const sketches: SpanSketch[] = [
    {id: 'a', service: 'gateway', name, start: 0, end: ms + 4, kind: 2, ...error},
    {id: 'b', parent: 'a', service: 'gateway', name: 'POST', start: 1, end: ms + 3, kind: 3, ...error},
    {
      ...{id: 'c', parent: 'b', service: 'order', name, start: 2, end: ms + 2, kind: 2, ...error},
      ...(failed === true
        ? {
            events: [
              {
                name: 'exception',
                at: ms,
                attributes: {'exception.type': 'PaymentError', 'exception.message': 'payment 4711 was declined'},
              },
            ],
          }
        : {}),
    },
    {
      ...{id: 'd', parent: 'c', service: 'order', name: 'SELECT orders', start: 3, end: ms * 0.8, kind: 3},
      attributes: {'db.system.name': 'postgresql', 'db.namespace': 'shop', 'db.query.text': long},
    },
    {
      ...{id: 'e', parent: 'c', service: 'order', name: 'send orders', start: ms * 0.8, end: ms * 0.9, kind: 4},
      attributes: {'messaging.system': 'kafka', 'messaging.destination.name': 'orders'},
    },
  ];
  return traceOf(ago, sketches);
}

const MINUTE = 60_000;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slowest = order(3 * MINUTE, {ms: 4_000});
  const before = Array.from({length: 80}, (_, i) => order(18 * MINUTE + i * 5_000, {ms: 20 + (i % 5)}));
  const now = Array.from({length: 80}, (_, i) =>
    order(2 * MINUTE + i * 5_000, i % 4 === 0 ? {ms: 220, failed: true} : {ms: 200 + (i % 5)}),
  );
  const listings = Array.from({length: 40}, (_, i) => order(2 * MINUTE + i * 10_000, {ms: 10, listing: true}));
  const all = [...before, ...now, ...listings, slowest].map(({body}) => body as {resourceSpans: readonly unknown[]});
  await weft.send({resourceSpans: all.flatMap(({resourceSpans}) => resourceSpans)});
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const address = (page: Page) => new URL(page.url()).searchParams;
const rowOf = (page: Page, id: string) => page.locator(`[data-row=${JSON.stringify(id)}]`);
async function openService(more = '', options: Parameters<typeof openPage>[2] = {}, expected: RegExp[] = []) {
  const page = await openPage(browser, weft.http, options, expected);
  await page.goto(`/services/order?last=15m${more}`);
  await page.getByRole('heading', {level: 1, name: 'order'}).waitFor();
  return page;
}

test('service page: the list, the palette, the map and the menu of a service lead to it', async () => {
  const page = await openPage(browser, weft.http);
  const arrived = async () => {
    await page.waitForURL('**/services/order*');
    await page.getByRole('heading', {level: 1, name: 'order'}).waitFor();
  };
  await page.goto('/services?last=15m');
  await page.getByRole('link', {name: 'order', exact: true}).click();
  await arrived();
  expect(address(page).get('last')).toBe('15m');
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', {name: 'Command palette'}).fill('order');
  await page.getByRole('option', {name: 'order', exact: true}).click();
  await arrived();
  await page.goto('/map?last=15m&focus=service:order');
  await page.getByRole('link', {name: 'Open service'}).click();
  await arrived();
  await page.goto(`/trace/${slowest.traceId}`);
  await page.locator('[data-thing*=\'"service":"order"\']').first().click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Page of the service'}).click();
  await arrived();
});

test('service page: says what the service is, how it does, and how that differs from the time before', async () => {
  const page = await openService();
  const figures = page.getByLabel('What the service served');
  await eventually(() => figures.innerText()).toMatch(/Errors\s+1[67](\.\d)? %\s+↑ .*more/);
  expect(await figures.innerText()).toMatch(/P50\s+\d{3} ms\s+↑ .*slower/);
  await page.getByText('version 1.4.2').waitFor();
  await page.getByText(/^Compared with/).waitFor();
});

test('service page: what changed stands on top, with figures, and leads to the part that shows it', async () => {
  const page = await openService();
  const changes = page.getByRole('region', {name: 'What changed'});
  await changes
    .getByRole('link', {name: /POST \/orders: P\d\d .* → /})
    .first()
    .waitFor();
  await page.getByRole('button', {name: /^Show all/}).click();
  await changes.getByRole('link', {name: /New error, 20 ×: .*PaymentError/}).click();
  await eventually(() => address(page).get('part')).toBe('errors');
  await page.getByRole('table', {name: 'Errors of the service, grouped'}).getByText('PaymentError').waitFor();
});

test('service page: an operation is chosen by click, its curves stand in the address, and a key leads back', async () => {
  const page = await openService();
  await rowOf(page, 'server GET /orders').getByRole('link', {name: 'GET /orders'}).click();
  await eventually(() => address(page).get('operation')).toBe('GET /orders');
  await page.getByRole('application', {name: 'Duration of GET /orders over time'}).waitFor();
  await page.reload();
  await page.getByRole('application', {name: 'Rate of GET /orders over time'}).waitFor();
  await page.keyboard.press('w');
  await page.getByRole('application', {name: 'Rate of All requests over time'}).waitFor();
  expect(address(page).get('operation')).toBe(null);
});

test('service page: operations are sorted, found, and lead to what the slow and the failed ones share', async () => {
  const page = await openService();
  const first = () => page.locator('[data-index="0"]').getAttribute('data-row');
  await eventually(first).toBe('server POST /orders');
  await page.getByRole('columnheader', {name: 'P95'}).getByRole('button').click();
  await page.getByRole('columnheader', {name: 'P95'}).getByRole('button').click();
  await eventually(first).toBe('server GET /orders');
  await page.getByLabel('Find an operation').fill('post');
  await eventually(() => page.locator('[data-index]').count()).toBe(1);
  await page.getByRole('button', {name: 'What lies behind POST /orders'}).click();
  await page.getByRole('menuitem', {name: 'What the failed ones share'}).click();
  await page.waitForURL((url) => url.pathname === '/');
  expect(address(page).getAll('where')).toEqual(['operation=POST /orders', 'status=error']);
  expect(address(page).get('against')).toBe('same');
  expect(address(page).get('service')).toBe('order');
});

test('service page: a part of a chart is marked by keys and becomes the time of the page', async () => {
  const page = await openService();
  await page.getByRole('application', {name: /^Rate of/}).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await eventually(() => address(page).get('start')).not.toBe(null);
  expect(address(page).get('last')).toBe(null);
});

test('service page: a mark on the durations opens its trace at the span', async () => {
  const page = await openService();
  const chart = page.getByRole('application', {name: /^Duration of/});
  await chart.locator('.u-over').waitFor();
  const over = chart.locator('.u-over');
  const box = (await over.boundingBox())!;
  // The slowest stands alone at the top: somewhere along that edge the pointer becomes a hand.
  const found = async (): Promise<boolean> => {
    for (let x = box.width - 4; x > 0; x -= 8) {
      await page.mouse.move(box.x + x, box.y + 8);
      if ((await over.getAttribute('style'))?.includes('pointer')) return true;
    }
    return false;
  };
  await eventually(found).toBe(true);
  await page.mouse.down();
  await page.mouse.up();
  await page.waitForURL(`**/trace/${slowest.traceId}*`);
  expect(address(page).get('span')).toBe(slowest.spanId('c'));
});

test('service page: keys go from part to part; callers, database and queue are named and lead on', async () => {
  const page = await openService();
  await page.keyboard.press(']');
  await eventually(() => address(page).get('part')).toBe('dependencies');
  const callers = page.getByRole('table', {name: 'Called by'});
  await callers.getByRole('link', {name: 'gateway', exact: true}).waitFor();
  const called = page.getByRole('table', {name: 'Calls', exact: true});
  await called.getByRole('link', {name: 'shop', exact: true}).waitFor();
  expect(await called.innerText()).toMatch(/Database · postgresql/);
  expect(await called.innerText()).toMatch(/Queue · kafka/);
  await callers.getByRole('link', {name: 'gateway', exact: true}).click();
  await page.waitForURL('**/services/gateway*');
  await page.goBack();
  await page.getByRole('heading', {level: 1, name: 'order'}).waitFor();
  await page.keyboard.press('[');
  await eventually(() => address(page).get('part')).toBe(null);
});

test('service page: errors are grouped with their variables folded, and open an example', async () => {
  const page = await openService('&part=errors');
  const table = page.getByRole('table', {name: 'Errors of the service, grouped'});
  await table.getByText('payment ? was declined').waitFor();
  expect(await table.innerText()).toMatch(/PaymentError/);
  expect(await table.locator('[data-row]').count()).toBe(1);
  expect(await table.locator('[data-row]').innerText()).toMatch(/\b20\b[\s\S]*100 %/);
  await table.getByRole('link', {name: /^Open an example of/}).click();
  await page.waitForURL('**/trace/*span=*');
});

test('service page: statements stand without literals, long ones unfold, and the slowest call opens', async () => {
  const page = await openService('&part=statements');
  const table = page.getByRole('table', {name: /databases and caches/});
  const code = table.locator('code');
  await eventually(() => code.innerText()).toContain('WHERE customer = ?');
  expect(await code.innerText()).not.toContain('c-17');
  const height = async () => (await code.boundingBox())!.height;
  const folded = await height();
  await page.getByRole('button', {name: 'Show the whole statement'}).click();
  await eventually(height).toBeGreaterThan(folded * 1.5);
  await table.getByTitle('Open the slowest call').last().click();
  await page.waitForURL(`**/trace/${slowest.traceId}*`);
});

test('service page: instances are told apart by what the reader chooses', async () => {
  const page = await openService('&part=instances');
  const table = page.getByRole('table', {name: 'What the service ran as'});
  await table.getByText('1.4.2').waitFor();
  await page.getByText('Host', {exact: true}).click();
  await table.getByText('order-7f9').waitFor();
  await eventually(() => address(page).get('by')).toBe('host');
  await page.reload();
  await table.getByText('order-7f9').waitFor();
});

test('service page: a part that fails says so by itself and is asked again; the rest stands', async () => {
  const page = await openPage(browser, weft.http, {}, [/status of 400/]);
  let refuse = true;
  await page.route('**/service/errors*', (route) =>
    refuse
      ? route.fulfill({status: 400, json: {error: {code: 'bad_request', message: 'Not now', parameter: 'points'}}})
      : route.continue(),
  );
  await page.goto('/services/order?last=15m&part=errors');
  await page.getByRole('alert').waitFor();
  await page.getByLabel('What the service served').getByText('P95').waitFor();
  refuse = false;
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.getByRole('table', {name: 'Errors of the service, grouped'}).getByText('PaymentError').waitFor();
});

test('service page: one that sent nothing is said to be silent, with a way to the others', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services/nobody%2Fhere?last=15m');
  await page.getByRole('heading', {level: 1, name: 'nobody/here'}).waitFor();
  await page.getByText('This service sent nothing in this time.').waitFor();
  await page.getByRole('link', {name: 'All services'}).click();
  await page.waitForURL('**/services?*');
});

test.each([
  ['zh-TW', '操作', '有何變化'],
  ['zh-CN', '操作', '有何变化'],
])('service page: in %s it says everything in Chinese', async (locale, part, changed) => {
  const page = await openService('', {locale});
  await page.getByRole('link', {name: part, exact: true}).waitFor();
  await page.getByRole('heading', {name: changed}).waitFor();
});
