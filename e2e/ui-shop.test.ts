/** The demo shop used as a person would: its storefront and Weft's page beside it, both real. */
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {type Shop, startShop} from '@weft/shop';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let shop: Shop;
let browser: Browser;
/** The output of the shop's processes. */
const written: {readonly name: string; readonly line: string}[] = [];
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  shop = await startShop({
    otlpEndpoint: `http://${weft.endpoints.otlp_http}`,
    weftUrl: weft.http,
    settingsUrl: weft.http,
    samplingUrl: `http://${weft.endpoints.sampling_http}/sampling`,
    storefrontPort: 0,
    load: 'none',
    faults: 'off',
    log: (name, line) => written.push({name, line}),
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
  // The services send by themselves, and the machine may have other things to do.
  const found = async (): Promise<number> => {
    await page.reload();
    await page
      .getByRole('table', {name: 'Traces found'})
      .or(page.getByRole('heading', {name: /^No traces/}))
      .waitFor();
    return page.getByRole('link', {name}).count();
  };
  await expect.poll(found).toBeGreaterThan(0);
}

test('page with the shop: an order leads to its trace', async () => {
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

test('page with the shop: a fault switched on in the page is found by the search that the page leads to', async () => {
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
  await eventually(() => new URL(page.url()).searchParams.getAll('where')).toContain('span.duration>=500ms');
  await page.getByRole('table', {name: 'Traces found'}).getByRole('link').first().click();
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

test('page with the shop: the command switches a fault too, and the page follows', async () => {
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

test('page with the shop: the services follow the sampling and the log level that the command sets', {
  timeout: 300_000,
}, async () => {
  const cli = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../server/src/main/cli.ts')];
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, [...cli, ...args, '--http', weft.endpoints.http ?? '']);
  const patience = {interval: 500};
  /** Buys something; resolves with the trace and with what each service wrote of it. */
  const bought = async () => {
    const headers = {'content-type': 'application/json'};
    const visitor = JSON.stringify({tenant: 'acme', tier: 'silver', customer: 'ada'});
    const session = await fetch(`${shop.storefrontUrl}/api/session`, {method: 'POST', headers, body: visitor});
    const {token} = (await session.json()) as {token: string};
    const answer = await fetch(`${shop.storefrontUrl}/api/checkout`, {
      method: 'POST',
      headers: {...headers, authorization: `Bearer ${token}`},
      body: JSON.stringify({lines: [{sku: 'SKU-001', quantity: 1}], card: '4111111111111111'}),
    });
    const {trace_id: id} = (await answer.json()) as {trace_id: string};
    const linesOf = (wanted: string) =>
      written
        .filter(({name, line}) => name === wanted && line.includes(id))
        .map(({line}) => JSON.parse(line) as {level: number; trace_flags: string});
    const all = ['gateway', 'order', 'inventory', 'payment'];
    await eventually(() => all.filter((name) => linesOf(name).length === 0)).toEqual([]);
    return {id, levels: linesOf('inventory').map(({level}) => level), linesOf};
  };
  /** `01` where the trace is kept, in the gateway, which begins it, and in the others, which follow. */
  const flags = async () => {
    const {linesOf} = await bought();
    return ['gateway', 'order', 'payment'].map((name) => linesOf(name)[0]?.trace_flags);
  };
  const [kept, dropped] = ['01', '00'].map((flag) => [flag, flag, flag]);
  expect(await flags()).toEqual(kept);

  await command('sampling', 'set', 'gateway', '--probability', '0', '--for', '30m');
  await expect.poll(flags, patience).toEqual(dropped);
  await command('sampling', 'clear', 'gateway');
  await expect.poll(flags, patience).toEqual(kept);
  // A setting that is no override reaches them by Jaeger's protocol.
  await command('sampling', 'mode', 'fixed', '--probability', '0');
  await expect.poll(flags, patience).toEqual(dropped);
  await command('sampling', 'reset');
  await expect.poll(flags, patience).toEqual(kept);

  expect((await bought()).levels).not.toContain(20);
  await command('log-level', 'inventory', 'debug', '--for', '30m');
  await expect.poll(async () => (await bought()).levels, patience).toContain(20);
  expect((await bought()).linesOf('gateway').map(({level}) => level)).not.toContain(20);
  await command('log-level', 'inventory', '--clear');
  await expect.poll(async () => (await bought()).levels, patience).not.toContain(20);
});

test('page with the shop: who the visitor is goes along as baggage, and a refused order says why', async () => {
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

test('page with the shop: a phone sees all of it, without scrolling sideways', async () => {
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
