/** The search page, used as a person would, against the real Weft. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {buildPage, eventually, openBrowser, openPage, quickBrowse, slowCheckout} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  buildPage();
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

test('before the first span: addresses and commands that work, and the page opens up by itself', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByRole('heading', {name: 'Waiting for the first span'}).waitFor();
  await page.getByText(weft.endpoints.otlp_grpc ?? '?', {exact: true}).waitFor();
  await page.getByRole('radio', {name: 'curl'}).check({force: true});
  const command = await page.locator('pre').innerText();
  expect(command).toContain(weft.endpoints.otlp_http);
  await promisify(execFile)('bash', ['-c', command]);
  await page.getByRole('link', {name: /my-service hello/}).waitFor();
});

test('search page: conditions narrow the search, live in the address, and say which of them is in the way', async () => {
  const slow = slowCheckout(60_000);
  await weft.send(slow.body);
  for (let i = 0; i < 5; i++) await weft.send(quickBrowse(20_000 + i * 5_000).body);
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByText('7 traces').waitFor();

  await page
    .getByRole('combobox', {name: 'Service'})
    .or(page.getByRole('textbox', {name: 'Service'}))
    .first()
    .click();
  await page.getByRole('option', {name: 'gateway'}).click();
  await page.getByText('6 traces').waitFor();
  expect(new URL(page.url()).searchParams.get('service')).toBe('gateway');

  await page.keyboard.press('Escape');
  await page.getByLabel('Attributes', {exact: true}).fill('ten');
  await page.getByRole('option', {name: /^tenant/}).click();
  await page.getByRole('option', {name: /^acme/}).click();
  await page.getByText('1 trace', {exact: true}).waitFor();
  expect(new URL(page.url()).searchParams.get('attribute')).toBe('tenant=acme');

  await page.getByLabel('Duration: max').fill('50ms');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'No trace fits'}).waitFor();
  await page.getByRole('button', {name: 'without tenant=acme'}).waitFor();
  await page.getByRole('button', {name: 'without Duration ≤ 50ms'}).click();
  await page.getByText('1 trace', {exact: true}).waitFor();

  await page.goBack();
  await page.getByRole('heading', {name: 'No trace fits'}).waitFor();
  await page.getByRole('button', {name: 'Clear all'}).click();
  await page.getByText('7 traces').waitFor();

  await page.getByRole('radio', {name: 'Error', exact: true}).check({force: true});
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.getByRole('link', {name: /gateway POST \/checkout/}).click();
  await page.waitForURL(`**/trace/${slow.traceId}`);
  await page.getByRole('main').getByRole('link', {name: 'Traces', exact: true}).click();
  await page.waitForURL((url) => url.searchParams.get('status') === 'error');
});

test('search page: a duration that is none is refused by the API, whose words are shown', async () => {
  const page = await openPage(browser, weft.http, {}, [/status of 400 .*minDuration=soon/]);
  await page.goto('/?min=soon');
  const alert = page.getByRole('alert');
  await alert.getByText('Weft does not understand this question').waitFor();
  await alert.getByText('Parameter: minDuration').waitFor();
  await page.getByLabel('Duration: min').fill('');
  await page.keyboard.press('Enter');
  await page.getByText('7 traces').waitFor();
});

test('by keys alone: conditions, down the list, into the slowest trace and back', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByText('7 traces').waitFor();
  await page.keyboard.press('d');
  await page.keyboard.type('5s');
  await page.keyboard.press('Enter');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/trace/*');
  await page.goBack();

  await page.keyboard.press('d');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Enter');
  await page.getByText('7 traces').waitFor();
  await page.keyboard.press('Escape');
  const focused = () => page.evaluate('document.activeElement.textContent');
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toContain('hello');
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
  await eventually(focused).toContain('POST /checkout');
  await page.keyboard.press('ArrowUp');
  await eventually(focused).toContain('GET /products');
  await page.keyboard.press('e');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await eventually(focused).toContain('POST /checkout');
  await page.keyboard.press('s');
  await page.getByRole('option', {name: 'gateway'}).waitFor();
  await page.keyboard.type('pay');
  await page.getByRole('option', {name: 'gateway'}).waitFor({state: 'detached'});
  await page.keyboard.press('Enter');
  await eventually(() => new URL(page.url()).searchParams.get('service')).toBe('payment');
});

test('sorting: the longest first', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?sort=longest');
  await page.getByText('7 traces').waitFor();
  const first = page.getByRole('list', {name: 'Traces found'}).getByRole('link').first();
  expect(await first.innerText()).toContain('POST /checkout');
  // The checkout is the oldest: it is not among the newest five, and it is said that only those are sorted.
  await page.goto('/?sort=longest&limit=5');
  await page.getByText('Only the 5 newest are sorted; more fit.').waitFor();
  expect(await first.innerText()).toContain('hello');
});

test('search page: dragging over the plot narrows time and duration', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=5m');
  await page.getByText('7 traces').waitFor();
  const plot = (await page.locator('.u-over').boundingBox())!;
  // The uppermost part: only the checkout took more than a second.
  await page.mouse.move(plot.x + 2, plot.y + 2);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width - 2, plot.y + plot.height * 0.2, {steps: 8});
  await page.mouse.up();
  await page.getByText('1 trace', {exact: true}).waitFor();
  const url = new URL(page.url()).searchParams;
  expect([url.has('start'), url.has('end'), url.has('min'), url.has('max')]).toEqual([true, true, true, true]);
});

test('search page: a point of the plot says what it is and opens its trace', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=5m&status=error');
  await page.getByText('1 trace', {exact: true}).waitFor();
  const plot = page.locator('.u-over');
  const box = (await plot.boundingBox())!;
  const pointed = async (x: number): Promise<boolean> => {
    // A single trace stands half way up.
    await page.mouse.move(box.x + x, box.y + box.height / 2);
    return (await plot.evaluate((element) => element.style.cursor)) === 'pointer';
  };
  let x = 0;
  while (!(await pointed(x))) {
    x += 8;
    expect(x).toBeLessThan(box.width);
  }
  await page.locator('figure').getByText('4 errors').waitFor();
  await page.mouse.click(box.x + x, box.y + box.height / 2);
  await page.waitForURL('**/trace/*');
});

test('a time range of one’s own: from and to', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByText('7 traces').waitFor();
  await page.getByRole('button', {name: 'Time range: Last hour'}).click();
  await page.getByLabel('From').fill('2026-01-02T03:04:05');
  await page.getByLabel('To', {exact: true}).fill('2026-01-02T03:04:05');
  await page.getByText('The end must come after the start.').waitFor();
  await page.getByLabel('To', {exact: true}).fill('2026-01-02T04:04:05');
  await page.getByRole('button', {name: 'Apply'}).click();
  await page.getByRole('button', {name: 'in the last day'}).click();
  await page.getByText('7 traces').waitFor();
  expect(new URL(page.url()).search).toBe('?last=1d');
});

test('search page: a pasted trace id opens the trace', async () => {
  const slow = slowCheckout(120_000);
  await weft.send(slow.body);
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByText(/\d traces/).waitFor();
  await page.evaluate(`navigator.clipboard.writeText(' ${slow.traceId.toUpperCase()}\\n')`);
  await page.keyboard.press('Control+v');
  await page.waitForURL(`**/trace/${slow.traceId}`);
});

test('live: new traces come in by themselves, and wait while a reader is in the list', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?live=true&operation=GET+/live&service=gateway');
  await page.getByRole('heading', {name: 'No trace fits'}).waitFor();
  await weft.send(quickBrowse(100, 'GET /live').body);
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.getByRole('list', {name: 'Traces found'}).hover();
  await weft.send(quickBrowse(100, 'GET /live').body);
  await page.getByRole('button', {name: '1 new trace'}).click();
  await page.getByText('2 traces').waitFor();
});
