/** The demo shop used as a person would: its storefront and Weft's page beside it, both real. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {type Shop, startShop} from '@weft/shop';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {buildPage, eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let shop: Shop;
let browser: Browser;
beforeAll(async () => {
  buildPage();
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  shop = await startShop({
    otlpEndpoint: `http://${weft.endpoints.otlp_http}`,
    weftUrl: weft.http,
    storefrontPort: 0,
    load: 'none',
    faults: 'off',
  });
});
afterAll(async () => {
  await browser?.close();
  await shop?.stop();
  await weft?.stop();
});

const orders = (page: Page) => page.getByRole('region', {name: 'Your orders'}).getByRole('listitem');

/** Follows a link that opens a tab, and goes to it in this one. */
async function follow(page: Page, name: RegExp | string): Promise<void> {
  await page.goto((await page.getByRole('link', {name}).first().getAttribute('href')) ?? '');
}

async function untilFound(page: Page, name: RegExp): Promise<void> {
  await eventually(async () => {
    await page.reload();
    await page
      .getByRole('list', {name: 'Traces found'})
      .or(page.getByRole('heading', {name: 'No trace fits'}))
      .waitFor();
    return page.getByRole('link', {name}).count();
  }).toBeGreaterThan(0);
}

test('an order leads to its trace', async () => {
  const page = await openPage(browser, shop.storefrontUrl);
  await page.goto('/');
  await page.getByRole('button', {name: 'Buy Copper kettle'}).click();
  const order = orders(page).filter({hasText: 'Copper kettle, €119.00'});
  await order.getByRole('link', {name: /^Trace [0-9a-f]{32}$/}).waitFor();
  const href = (await order.getByRole('link').getAttribute('href')) ?? '';
  // The spans arrive a moment after the answer.
  const asked = `${weft.http}/api/traces/${href.split('/').at(-1)}`;
  await eventually(async () => {
    const answer = await fetch(asked);
    return answer.ok ? await answer.text() : '';
  }).toContain('"operationName":"POST /api/checkout"');
  await page.goto(href);
  await page.getByRole('treeitem', {name: /POST \/api\/checkout/}).waitFor();
});

test('a fault switched on in the page is found by the search that the page leads to', async () => {
  const page = await openPage(browser, shop.storefrontUrl);
  await page.goto('/');
  const fault = page.getByRole('switch', {name: 'Missing index'});
  await fault.focus();
  await page.keyboard.press('Space');
  await eventually(() => fault.getAttribute('aria-checked')).toBe('true');
  await eventually(() => shop.faults.list().find(({id}) => id === 'missing-index')?.mode).toBe('on');
  await shop.faults.set('missing-index', 'on'); // Resolves once the catalogue is imported.
  await page.getByRole('button', {name: 'Buy Tea caddy'}).click();
  await orders(page).filter({hasText: 'Tea caddy, €29.00'}).waitFor();
  await follow(page, 'Find in Weft: Missing index');
  await untilFound(page, /inventory|gateway/);
  expect(new URL(page.url()).searchParams.get('min')).toBe('500ms');
  await page.getByRole('list', {name: 'Traces found'}).getByRole('link').first().click();
  await page
    .getByRole('treeitem', {name: /check stock/})
    .first()
    .waitFor();
  await page
    .getByRole('treeitem', {name: /pg\.query:SELECT/})
    .first()
    .waitFor();
  await shop.faults.set('missing-index', 'off');
});

test('the command switches a fault too, and the page follows', async () => {
  const page = await openPage(browser, shop.storefrontUrl);
  await page.goto('/');
  const command = [join(import.meta.dirname, '../shop/src/fault.ts'), '--shop', shop.storefrontUrl];
  const {stdout} = await promisify(execFile)(process.execPath, [...command, 'on', 'pool-restart', '--seconds', '30']);
  expect(stdout).toMatch(/^pool-restart +on +100\.0 % of its requests, every 30 s$/m);
  expect(stdout).toContain(`In Weft: ${weft.http}/?service=order`);
  const fault = page.getByRole('switch', {name: 'Pool restarted every 5 minutes'});
  await eventually(() => fault.getAttribute('aria-checked')).toBe('true');
  await promisify(execFile)(process.execPath, [...command, 'default', 'pool-restart']);
  await eventually(() => fault.getAttribute('aria-checked')).toBe('false');
});

test('who the visitor is goes along as baggage, and a refused order says why', async () => {
  await shop.faults.set('fourth-layer-error', 'on');
  const page = await openPage(browser, shop.storefrontUrl, {}, [/500/]);
  await page.goto('/');
  await page.getByLabel('Tenant').selectOption('umbrella');
  await page.getByLabel('Tier').selectOption('gold');
  await page.getByRole('button', {name: 'Buy Twine reel'}).click();
  await orders(page).filter({hasText: 'Twine reel: Internal Server Error'}).getByRole('link').waitFor();
  await page.goto(`${weft.http}/?service=inventory&status=error&attribute=tenant.id=umbrella&attribute=user.tier=gold`);
  await untilFound(page, /gateway/);
  await shop.faults.set('fourth-layer-error', 'off');
});

test('a phone sees all of it, without scrolling sideways', async () => {
  const page = await openPage(browser, shop.storefrontUrl, {viewport: {width: 360, height: 740}, colorScheme: 'dark'});
  await page.goto('/');
  await page.getByRole('button', {name: 'Buy Twine reel'}).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  await page.getByRole('navigation', {name: 'On this page'}).getByRole('link', {name: 'Faults'}).click();
  const title = await page.getByRole('heading', {name: 'Faults'}).boundingBox();
  const bar = await page.getByRole('region', {name: 'Your orders'}).boundingBox();
  expect(title?.y).toBeGreaterThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0));
  expect(title?.y).toBeLessThan(740);
});
