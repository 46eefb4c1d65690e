/** What marked traces share, told on the search page: over checkouts of the shop, some of which met a bad canary. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

const body = gunzipSync(
  readFileSync(join(import.meta.dirname, '../fixtures/insight/bad-canary-among.json.gz')),
).toString();
const seconds = [...body.matchAll(/"startTimeUnixNano":"(\d+)"/g)].map(([, time]) => Number(time) / 1e9);
const moment = (second: number): string => new Date(second * 1000).toISOString();
const [first, last] = [Math.min(...seconds), Math.max(...seconds)];
const range = `start=${moment(first - 1)}&end=${moment(last + 1)}`;

let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  await weft.send(JSON.parse(body));
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const panel = (page: Page, label = 'What do these share?') => page.getByRole('region', {name: label});
const attributes = (page: Page) => panel(page).getByRole('list', {name: 'Attributes'}).getByRole('listitem');
const address = (page: Page) => new URL(page.url()).searchParams;
const opener = (page: Page) => page.getByRole('button', {name: 'What do these share?'});

test('what these share: failed requests share the canary’s version, which is a click away as a condition', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/?${range}&where=outcome%3Dfailed`);
  await opener(page).click();
  await panel(page)
    .getByText(/The error was born in payment "apply tier discount"/)
    .first()
    .waitFor();
  await panel(page)
    .getByText(/these 10/)
    .waitFor();
  const version = attributes(page).filter({hasText: 'service.version=3.2.0-canary'});
  await version.waitFor();
  expect(await attributes(page).first().textContent()).toContain('service.version=3.2.0-canary');
  await version.getByRole('img', {name: /^100 ?% of these, 1\d ?% of the others$/}).waitFor();

  // Each finding says in how many of both sides it is, how sure that is, what would disprove it, and leads to traces that show it.
  const findings = panel(page).getByRole('list', {name: 'Findings'}).getByRole('listitem');
  const born = findings.filter({hasText: 'apply tier discount'}).first();
  await born.getByText(/in \d+ of 10 · of the others in \d+ of \d+/).waitFor();
  await born.getByText(/\d+ ?% sure · It would be disproved by/).waitFor();
  const example = await born.getByRole('link').first().getAttribute('href');
  expect(example).toMatch(/^\/trace\/[0-9a-f]{32}/);

  // The address restores it.
  await page.reload();
  await version.waitFor();

  await version.getByRole('button', {name: 'Only with service.version=3.2.0-canary'}).click();
  await eventually(() => address(page).getAll('where')).toEqual(['outcome=failed', 'service.version=3.2.0-canary']);
  await page.goBack();
  await version.waitFor();
  await version.getByRole('button', {name: 'Only without service.version=3.2.0-canary'}).click();
  await eventually(() => address(page).getAll('where')).toEqual(['outcome=failed', 'service.version!=3.2.0-canary']);
});

test('what these share: a part marked out in the plot is held against all that was on show', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/?${range}`);
  const plot = page.getByRole('application', {name: /Traces by start time and duration/});
  await plot.waitFor();
  await page.getByText('120 traces', {exact: true}).waitFor();
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText(/Enter narrows the search/).waitFor();
  for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await panel(page).waitFor();
  const [start, end] = (address(page).get('against') ?? '').split('~');
  expect([Date.parse(start as string), Date.parse(end as string)]).toEqual([
    Math.floor((first - 1) * 1000),
    expect.closeTo((last + 1) * 1000, -1),
  ]);
  await panel(page)
    .getByText(/\d+ traces? against \d+ others|No trace is in the selection/)
    .waitFor();
  await panel(page).getByRole('button', {name: 'Close'}).click();
  await eventually(() => address(page).get('against')).toBeNull();
  await eventually(() => panel(page).count()).toBe(0);
});

test('what these share: a trace of it opens, and the page’s language is that of the text', async () => {
  const page = await openPage(browser, weft.http, {locale: 'zh-TW', colorScheme: 'dark'});
  await page.goto(`/?${range}&where=outcome%3Dfailed&against=same`);
  const shown = panel(page, '有什麼共同點？');
  await shown.getByText(/共同點是 .*service\.version=3\.2\.0-canary/).waitFor();
  await shown.getByRole('link').last().click();
  await eventually(() => new URL(page.url()).pathname).toMatch(/^\/trace\/[0-9a-f]{32}$/);
});

test('what these share: a refusal is told, and asked again', async () => {
  const page = await openPage(browser, weft.http, {}, [/422/]);
  let refused = 0;
  await page.route('**/api/weft/v1/explain?**', async (route) => {
    if (refused++ > 0) return route.continue();
    await route.fulfill({
      status: 422,
      contentType: 'application/json',
      body: JSON.stringify({
        error: {
          code: 'too_large',
          reason: 'query_seconds',
          values: {seconds: 30},
          message: 'The question takes longer than 30 s.',
        },
      }),
    });
  });
  await page.goto(`/?${range}&where=outcome%3Dfailed&against=same`);
  await panel(page).getByRole('button', {name: 'Try again'}).click();
  await panel(page)
    .getByText(/apply tier discount/)
    .first()
    .waitFor();
});

test('what these share: a query of TraceQL is held against all others, and a click asks for such spans too', async () => {
  const page = await openPage(browser, weft.http);
  const q = '{ nestedSetParent < 0 && status = error }';
  await page.goto(`/?${range}&q=${encodeURIComponent(q)}`);
  await page.getByText('10 traces', {exact: true}).waitFor();
  await opener(page).click();
  const version = attributes(page).filter({hasText: 'service.version=3.2.0-canary'});
  await version.getByRole('img', {name: /^100 ?% of these/}).waitFor();
  await panel(page).getByRole('list', {name: 'Findings'}).getByText('apply tier discount').first().waitFor();
  expect(await version.getByRole('button', {name: /^Only without/}).count()).toBe(0);
  await version.getByRole('button', {name: 'Only with service.version=3.2.0-canary'}).click();
  await eventually(() => address(page).get('q')).toBe(`${q} && { .service.version = "3.2.0-canary" }`);
  await page.getByText('10 traces', {exact: true}).waitFor();
});

test('what these share: a part of a query’s plot becomes a part of the query, held against the rest of it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/?${range}&q=${encodeURIComponent('{ }')}&limit=500`);
  await page.getByText('120 traces', {exact: true}).waitFor();
  const plot = page.getByRole('application', {name: /Traces by start time and duration/});
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  // All of the time, and the upper part of the durations.
  for (let i = 0; i < 54; i++) await page.keyboard.press('ArrowLeft');
  for (let i = 0; i < 60; i++) await page.keyboard.press('Shift+ArrowRight');
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowUp');
  const asked = page.waitForRequest((request) => request.url().includes('/api/weft/v1/explain?'));
  await page.keyboard.press('Enter');
  await eventually(() => address(page).get('q')).toMatch(
    /^\{ traceDuration >= [\d.]+m?s && traceDuration <= [\d.]+m?s \}$/,
  );
  expect(new URL((await asked).url()).searchParams.get('baseline')).toBe('{ }');
  await panel(page)
    .getByText(/\d+ traces? against \d+ others/)
    .waitFor();
});

test('what these share: Back closes it, and stays on the page', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto(`/?${range}&where=outcome%3Dfailed`);
  await opener(page).click();
  await panel(page).waitFor();
  await eventually(() => address(page).get('against')).toBe('same');
  await page.goBack();
  await panel(page).waitFor({state: 'detached'});
  expect(address(page).get('where')).toBe('outcome=failed');
});
