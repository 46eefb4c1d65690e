/** Sampling and levels, used as a person would, against the real Weft. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {choose, eventually, openBrowser, openPage, quickBrowse, slowCheckout} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  await weft.send(slowCheckout(30_000).body, ...Array.from({length: 3}, () => quickBrowse(5_000).body));
});
beforeEach(async () => {
  await call('DELETE', '/sampling');
  for (const {service, what} of (await overrides()).overrides) {
    await call('DELETE', `/instrument/overrides/${service}?what=${what}`);
  }
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

async function call<T>(method: string, path: string): Promise<T> {
  const response = await fetch(`${weft.http}/api/weft/v1${path}`, {method});
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}
interface Listed {
  readonly overrides: readonly {readonly service: string; readonly what: string; readonly value: unknown}[];
}
const overrides = () => call<Listed>('GET', '/instrument/overrides');
/** The overrides in force, as `service what value`. */
const inForce = async (): Promise<string[]> =>
  (await overrides()).overrides.map(({service, what, value}) => `${service} ${what} ${value}`);
const policy = () => call<{mode: string; budget: number; probability: number; setBy: string}>('GET', '/sampling');
const row = (page: Page, name: string) => page.getByRole('row', {name: new RegExp(`\\b${name}\\b`)}).first();

test('sampling page: what is kept of each service and operation, and why, leading to its traces', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling');
  await row(page, 'gateway').getByText('100 %').waitFor();
  await row(page, 'gateway').getByText('One probability for all').waitFor();
  await row(page, 'gateway').getByText('does not ask').waitFor();
  await page.getByRole('button', {name: 'Show what is below gateway'}).click();
  await eventually(() => new URL(page.url()).searchParams.get('open')).toBe('gateway');
  await page.reload();
  await page.getByRole('link', {name: 'GET /products'}).click();
  await page.waitForURL((url) => url.searchParams.getAll('where').includes('operation=GET /products'));
  await page.getByText('3 traces').waitFor();
});

test('incident mode: on by one click, counting down, off by one click, each undone by z', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling');
  await page.getByRole('button', {name: 'Incident mode: 100 %'}).click();
  const banner = page.getByRole('region', {name: 'Incident mode'});
  await banner.getByText('all services keep everything').waitFor();
  await eventually(() => banner.getByRole('timer').innerText()).toMatch(/^(1 h|59:\d\d)$/);
  await eventually(() => inForce()).toEqual(['* sampling 1']);
  await row(page, 'gateway').getByText('set for all services').waitFor();
  await banner.getByRole('button', {name: 'End it'}).click();
  await banner.waitFor({state: 'detached'});
  expect(await inForce()).toEqual([]);
  await page.keyboard.press('z');
  await banner.waitFor();
  await eventually(() => inForce()).toEqual(['* sampling 1']);
  await page.keyboard.press('z');
  await banner.waitFor({state: 'detached'});
  expect(await inForce()).toEqual([]);
});

test('mode and budget: changed, undone one by one, and brought back to the configuration', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling');
  await choose(page.getByRole('radio', {name: 'Adaptive'}));
  const budget = page.getByLabel('Budget');
  await budget.fill('none');
  await page.keyboard.press('Enter');
  await page.getByText(/^A number above 0/).waitFor();
  await budget.fill('7.5');
  await page.keyboard.press('Enter');
  await page.getByText('Budget: 7.50/s').waitFor();
  await eventually(() => policy()).toMatchObject({mode: 'adaptive', budget: 7.5, setBy: 'api'});
  await page.getByRole('button', {name: /^Undo/}).click();
  await eventually(async () => (await policy()).budget).not.toBe(7.5);
  await eventually(() => policy()).toMatchObject({mode: 'adaptive'});
  await page.getByRole('button', {name: 'Back to the configuration'}).click();
  await page.getByText('Nothing was changed here').waitFor();
  await eventually(() => policy()).toMatchObject({mode: 'fixed', probability: 1, setBy: 'configuration'});
  await page.getByLabel('Probability', {exact: true}).fill('1/4');
  await page.keyboard.press('Enter');
  await row(page, 'gateway').getByText('25 %').waitFor();
});

test('one service for a time, by keys alone: level and probability, longer, ended, undone', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling');
  await row(page, 'gateway').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('o');
  const dialog = page.getByRole('dialog', {name: /^Set for a time: /});
  await dialog.waitFor();
  const edited = () => new URL(page.url()).searchParams.get('edit');
  await eventually(edited).not.toBe(null);
  const service = edited() ?? '?';
  await page.keyboard.type('12.5');
  await dialog.getByLabel('Log level').fill('debug');
  await dialog.getByLabel('Why').fill('slow checkout');
  await page.keyboard.press('Enter');
  await dialog.waitFor({state: 'detached'});
  await eventually(async () => (await inForce()).sort()).toEqual([
    `${service} logLevel debug`,
    `${service} sampling 0.125`,
  ]);
  await row(page, service).getByText('12 %').or(row(page, service).getByText('13 %')).first().waitFor();
  const list = page.getByRole('list', {name: 'Set for a time'});
  await list.getByText('slow checkout').first().waitFor();
  await list.getByRole('button', {name: `${service}: end now (Log level)`}).click();
  await eventually(inForce).toEqual([`${service} sampling 0.125`]);
  const longer = list.getByRole('button', {name: `${service}: 1 h more`});
  await eventually(() => longer.count()).toBe(1);
  await longer.click();
  await list.getByText(/1 h 5\d min|2 h/).waitFor();
  for (const expected of [
    [`${service} sampling 0.125`],
    [`${service} logLevel debug`, `${service} sampling 0.125`],
    [],
  ]) {
    await page.getByRole('button', {name: /^Undo/}).click();
    await eventually(async () => (await inForce()).sort()).toEqual(expected);
  }
});

test('sampling page: a link restores what was looked for, sorted and open; the dialog closes with Escape', async () => {
  const page = await openPage(browser, weft.http, {colorScheme: 'dark'});
  await page.goto('/sampling?find=post&sort=service&up=true&edit=order');
  await page.getByRole('dialog', {name: 'Set for a time: order'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.getByRole('link', {name: 'POST /checkout'}).waitFor();
  await eventually(() => page.getByRole('columnheader', {name: 'Service'}).getAttribute('aria-sort')).toBe('ascending');
  await page.getByLabel('Find service or operation').fill('nowhere');
  await page.getByText('Nothing here fits the search.').waitFor();
});

test('sampling page: a change that is refused says why and changes nothing; a Weft that is gone is said to be gone', async () => {
  const page = await openPage(browser, weft.http, {locale: 'zh-CN'}, [/status of 403|ERR_CONNECTION_REFUSED/]);
  await page.goto('/sampling');
  const begin = page.getByRole('button', {name: '事故模式：100 %'});
  await begin.waitFor();
  const error = {code: 'forbidden', message: 'Only operators may do this.'};
  await page.route('**/instrument/overrides/*', (route) => route.fulfill({status: 403, json: {error}}));
  await begin.click();
  await page.getByRole('alert').getByText('Only operators may do this.').waitFor();
  expect(await inForce()).toEqual([]);
  await page.route('**/api/weft/v1/sampling', (route) => route.abort('connectionrefused'));
  await page
    .getByText(/^\d\d:\d\d:\d\d 的数据$/)
    .first()
    .waitFor();
});

test('sampling page: → and ← open and close the operations of a service, and lead from them back to it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling?sort=service&up=true');
  await row(page, 'gateway').waitFor();
  const focused = () => page.evaluate("document.activeElement.closest('[data-row]')?.dataset.row");
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toBe('gateway');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('link', {name: 'GET /products'}).waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('open')).toBe('gateway');
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toBe('gateway\n=GET /products');
  await page.keyboard.press('ArrowLeft');
  await eventually(focused).toBe('gateway');
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('link', {name: 'GET /products'}).waitFor({state: 'detached'});
  await eventually(() =>
    page.getByRole('button', {name: 'Show what is below gateway'}).getAttribute('aria-expanded'),
  ).toBe('false');
});

test('before any service: what to give one so that it follows', async () => {
  const page = await openPage(browser, weft.http);
  await page.route('**/api/weft/v1/sampling', async (route) => {
    const response = await route.fetch();
    await route.fulfill({response, json: {...((await response.json()) as object), services: []}});
  });
  await page.goto('/sampling');
  await page.getByText('No service has sent traces or asked for its sampling yet.').waitFor();
  await page.getByText(`endpoint=http://${weft.endpoints.sampling_http}/sampling`).waitFor();
});
