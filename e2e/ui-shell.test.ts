/** The surroundings of the views: navigation, command palette, languages, colours, services, status, and a Weft that is gone. */
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {buildPage, eventually, openBrowser, openPage, quickBrowse, type SentTrace, slowCheckout} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
  buildPage();
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slow = slowCheckout(30_000);
  await weft.send(slow.body);
  await weft.send(quickBrowse(20_000).body);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

test('page: the command palette goes to pages, services and traces', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', {name: 'Command palette'});
  await field.fill('paym');
  await page.getByRole('option', {name: 'payment', exact: true}).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/?service=payment');
  await page.getByText('1 trace', {exact: true}).waitFor();

  await page.keyboard.press('Control+k');
  await field.fill(slow.traceId);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${slow.traceId}?*`);

  await page.keyboard.press('Control+k');
  await field.fill('set payment');
  await page.getByRole('option', {name: 'Set for a time: payment'}).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', {name: 'Set for a time: payment'}).waitFor();

  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  // Whose data is looked at goes along to every page.
  await page.waitForURL('**/services?service=payment');
  await page.keyboard.press('3');
  await page.waitForURL('**/sampling?service=payment');
});

test('page: keyboard help opens with ? and closes with Escape', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services');
  await page.getByRole('heading', {name: 'Services'}).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next, previous error').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
});

test('languages: the browser’s own at first, then the chosen one, kept', async () => {
  const page = await openPage(browser, weft.http, {locale: 'zh-TW'});
  await page.goto('/services');
  await page.getByRole('heading', {name: '服務'}).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hant');
  await page.getByRole('button', {name: '外觀與語言'}).click();
  await page.getByRole('menuitem', {name: '简体中文'}).click();
  await page.getByRole('heading', {name: '服务'}).waitFor();
  await page.reload();
  await page.getByRole('heading', {name: '服务'}).waitFor();
});

test('colours: the system’s at first, then the chosen ones, from the first paint on', async () => {
  const page = await openPage(browser, weft.http, {colorScheme: 'dark'});
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  expect(await background()).toBe('rgb(18, 19, 22)');
  await page.getByRole('button', {name: 'Appearance and language'}).click();
  await page.getByRole('menuitem', {name: 'Light'}).click();
  await eventually(background).toBe('rgb(247, 247, 245)');
  await page.reload({waitUntil: 'commit'});
  await eventually(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('light');
});

test('services: rate, errors and durations, each leading to its traces', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services');
  const payment = page.getByRole('row', {name: /^payment/});
  await payment.waitFor();
  // Three requests since the first span, half a minute and more ago: by the asked hour they were 3.00/h.
  expect(await payment.innerText()).toMatch(/\b\d\.\d\d\/min\b/);
  await page.getByText(/Rates are over \d/).waitFor();
  await payment.getByRole('link', {name: /67 %/}).click();
  await page.waitForURL('**/?service=payment&status=error');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.goBack();
  await payment.getByRole('link', {name: 'payment', exact: true}).click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Sampling and log level'}).click();
  await page.waitForURL('**/sampling?find=payment&open=payment');
});

test('status: addresses in use and what is stored', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('row', {name: new RegExp(`OTLP over HTTP.*${weft.endpoints.otlp_http}`)}).waitFor();
  await page.getByText('Ready', {exact: true}).waitFor();
  await eventually(() => page.locator('dl', {hasText: 'Spans'}).innerText()).toContain('14');
});

test('page: a link written for Jaeger’s search leads to the same search', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/search?service=payment&lookback=1h&limit=20&tags=%7B%22error%22%3A%22true%22%7D');
  await page.waitForURL('**/?service=payment&status=error&limit=20');
  await page.getByText('1 trace', {exact: true}).waitFor();
});

test('page: no such page is said so, within the page', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/nowhere');
  await page.getByText('There is no such page.').waitFor();
  await page.getByRole('link', {name: 'To the traces'}).click();
  await page.getByText('2 traces').waitFor();
});

test('page: a Weft that is gone is said to be gone, and back when it is back', async () => {
  const page = await openPage(browser, weft.http, {}, [/ERR_CONNECTION_REFUSED/]);
  await page.goto('/');
  await page.getByText('2 traces').waitFor();
  await page.route('**/api/weft/v1/traces*', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', {name: 'Search again'}).click();
  await page.getByRole('alert').getByText('Weft does not answer').waitFor();
  await page.unroute('**/api/weft/v1/traces*');
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.getByText('2 traces').waitFor();
});

test('thing menu: a right click on what is a thing offers what can be done with it, and copies it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('cell', {name: weft.endpoints.otlp_http!}).click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Copy'}).click();
  await page.getByText('Copied', {exact: true}).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(weft.endpoints.otlp_http);
});
