/** The page of SQL in a browser: ask, see, be told what is wrong, link, take as a file. */
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {examples} from '../ui/src/pages/sql/examples.ts';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;

const attribute = (key: string, value: string) => ({key, value: {stringValue: value}});
const traceId = '00000000000000000000000000000abc';

/** Two minutes with requests, so that there is something to draw. */
function body() {
  const minute = 60_000_000_000n;
  const now = (BigInt(Date.now()) * 1_000_000n) / minute;
  const spans = [now - 5n, now - 4n, now - 4n].map((at, n) => ({
    traceId,
    spanId: `000000000000000${n + 1}`,
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: `${at * minute}`,
    endTimeUnixNano: `${at * minute + 5_000_000n}`,
    attributes: [attribute('http.route', '/cart'), attribute('db.query.text', 'SELECT 1')],
  }));
  const resource = {attributes: [attribute('service.name', 'web'), attribute('service.version', '1.2.0')]};
  return {resourceSpans: [{resource, scopeSpans: [{spans}]}]};
}

beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  await weft.send(body());
});
afterAll(async () => {
  await browser.close();
  await weft.stop();
});

test('SQL page: from Explore to an example, its answer, and a link that brings both back', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByRole('link', {name: 'SQL'}).click();
  await page.getByRole('button', {name: 'The slowest routes'}).click();
  await eventually(() => page.getByText('/cart', {exact: true}).count()).toBe(1);
  await eventually(() => page.getByText('1 row', {exact: true}).count()).toBe(1);
  const address = page.url();
  expect(new URL(address).searchParams.get('sql')).toBe(examples[0].sql);
  const again = await openPage(browser, weft.http);
  await again.goto(address);
  await eventually(() => again.getByText('/cart', {exact: true}).count()).toBe(1);
  await eventually(async () => (await again.locator('.cm-line').allTextContents()).join('\n')).toBe(examples[0].sql);
});

test('SQL page: every example is answered, and what has times is drawn', async () => {
  const page = await openPage(browser, weft.http);
  for (const {sql} of examples) {
    await page.goto(`/sql?sql=${encodeURIComponent(sql)}`);
    await eventually(() => page.getByRole('row').count()).toBeGreaterThan(1);
  }
  await eventually(() => page.getByRole('figure').count()).toBe(1);
});

test('SQL page: typed, run with the keys, refused with the place, mended, linked to a trace', async () => {
  const page = await openPage(browser, weft.http, {}, [/400 \(Bad Request\)/]);
  await page.goto('/sql');
  const statement = page.getByRole('textbox', {name: 'Statement'});
  await statement.fill('SELECT trace_id,\n  servise FROM spans');
  await statement.press('Control+Enter');
  const alert = page.getByRole('alert');
  await eventually(() => alert.textContent()).toContain('There is no column servise; there is service.');
  expect(await alert.textContent()).toContain('Line 2, column 3: servise');
  await eventually(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(['servise']);
  await statement.fill('SELECT trace_id, service FROM spans LIMIT 1');
  await statement.press('Control+Enter');
  await eventually(() => page.getByRole('link', {name: traceId}).count()).toBe(1);
  const file = await page.request.get(
    (await page.getByRole('link', {name: 'Download CSV'}).getAttribute('href')) as string,
  );
  expect(await file.text()).toBe(`"trace_id","service"\n"${traceId}","web"\n`);
  await page.getByText('Tables and columns').click();
  await page.getByRole('button', {name: 'rates', exact: true}).click();
  await eventually(() => statement.textContent()).toContain('rates');
  await statement.fill("SELECT name FROM spans WHERE service = 'nobody'");
  await page.getByRole('button', {name: 'Run'}).click();
  await eventually(() => page.getByText('No row').count()).toBe(1);
});

test('SQL page: tables, columns with what they are, functions and keys are completed; a fault is underlined as it is typed', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sql');
  const statement = page.getByRole('textbox', {name: 'Statement'});
  await statement.pressSequentially('SELECT dura');
  await page
    .getByRole('option', {name: /duration_ms.*in milliseconds/})
    .first()
    .click();
  await statement.pressSequentially(', quantileEx');
  await page.getByRole('option', {name: 'quantileExact', exact: true}).click();
  await eventually(() => statement.textContent()).toBe('SELECT duration_ms, quantileExact()');
  await statement.fill('SELECT attributes[http');
  await statement.press('Control+Space');
  await page.getByRole('option', {name: 'http.route'}).click();
  await statement.press('End');
  await statement.pressSequentially('] FROM spa');
  await page.getByRole('option', {name: /^spans/}).click();
  await eventually(() => statement.textContent()).toBe("SELECT attributes['http.route'] FROM spans");
  await statement.press('End');
  await statement.pressSequentially(' WHERE file(1)', {delay: 1});
  await eventually(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(['file']);
});
