/** The page of services, used as a person would, against the real Weft with seventy services. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {longName, manyServices, oddNames, serviceNames} from './many-services.ts';
import {eventually, openBrowser, openPage, traceOf} from './ui-testing.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const comparing = '/services?last=15m&compare=before';
let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  // Slower and with failures now; twenty minutes ago one service was not there, and another that is silent now was.
  const now = serviceNames.filter((name) => name !== 'cart-3');
  await weft.send(
    manyServices(60_000, {slow: 2, failing: true, only: now}),
    manyServices(20 * 60_000, {only: serviceNames.filter((name) => name !== 'cart-2')}),
  );
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const rowOf = (page: Page, id: string) => page.locator(`[data-row=${JSON.stringify(id)}]`);
const address = (page: Page) => new URL(page.url()).searchParams;
const focused = (page: Page) =>
  page.evaluate<string>(`document.activeElement.closest('[data-row]')?.dataset.row ?? ''`);
async function openServices(path = '/services', options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  const page = await openPage(browser, weft.http, options);
  await page.goto(path);
  await page.locator('[data-row]').first().waitFor();
  return page;
}

test('services: a name of 216 characters pushes no figure off the screen, at any width', async () => {
  expect(longName.length).toBe(216);
  const page = await openServices('/services?find=checkout');
  for (const width of [1440, 1024, 720, 390]) {
    await page.setViewportSize({width, height: 800});
    const row = rowOf(page, longName);
    await eventually(() => page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    for (const cell of ['Rate', 'Errors', 'P99']) {
      const head = (await page.getByRole('columnheader', {name: cell}).boundingBox())!;
      expect(head.x + head.width, `${cell} at ${width}`).toBeLessThanOrEqual(width);
    }
    for (const cell of await row.locator('[data-cell]').all()) {
      const box = (await cell.boundingBox())!;
      expect(box.x + box.width, `${width}`).toBeLessThanOrEqual(width);
    }
  }
});

test('services: all five figures have room on 720 and 390 pixels, in two lines on the narrower', async () => {
  const page = await openServices('/services', {viewport: {width: 720, height: 900}});
  const headers = () => page.getByRole('columnheader').allInnerTexts();
  await eventually(async () => (await headers()).join()).toContain('Service,Rate,Errors,P50,P95,P99');
  await page.setViewportSize({width: 390, height: 844});
  await eventually(() => page.getByRole('table').getAttribute('data-lines')).toBe('2');
  await eventually(async () => (await headers()).join()).toContain('Service,Rate,Errors,P50,P95,P99');
});

test('services: the text of a cut name is shown to the pointer that rests on it and to the focus, until Escape', async () => {
  const page = await openServices('/services?find=checkout');
  const full = page.locator('[data-full-text]');
  await page.keyboard.press('ArrowDown');
  await eventually(() => full.innerText()).toBe(longName);
  await page.keyboard.press('Escape');
  await full.waitFor({state: 'detached'});
  const cell = (await rowOf(page, longName).locator('[data-cell]').first().boundingBox())!;
  await page.mouse.move(cell.x + 60, cell.y + 10);
  await page.mouse.move(cell.x + 64, cell.y + 10);
  await eventually(() => full.innerText()).toBe(longName);
  await page.mouse.move(cell.x + 60, cell.y + 400);
  await full.waitFor({state: 'detached'});
});

test('services: names that lie or hide are written out, and lead to the service of that very name', async () => {
  const page = await openServices();
  for (const [id, shown] of [
    [oddNames.hidden, 'pay[U+200B]ment'],
    [oddNames.backwards, 'invoice[U+202E]gpj.exe'],
    [oddNames.blank, '[SP][SP][SP]'],
    [oddNames.hebrew, oddNames.hebrew],
    [oddNames.markup, oddNames.markup],
  ] as const) {
    await page.getByLabel('Find a service').fill(id === oddNames.blank ? '' : id);
    await rowOf(page, id).getByRole('link', {name: shown, exact: true}).waitFor();
  }
  await page.getByLabel('Find a service').fill(oddNames.hidden);
  await page.getByRole('link', {name: 'pay[U+200B]ment'}).click();
  await page.waitForURL((url) => url.pathname === `/services/${encodeURIComponent(oddNames.hidden)}`);
  await page.getByRole('heading', {name: 'pay[U+200B]ment'}).waitFor();
});

test('services: find narrows to all its words, stands in the address, and leads on to the rows', async () => {
  const page = await openServices();
  await page.getByRole('status').getByText('70', {exact: true}).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('7 car');
  await page.getByRole('status').getByText('1 of 70').waitFor();
  await eventually(() => address(page).get('find')).toBe('7 car');
  await page.keyboard.press('ArrowDown');
  await eventually(() => focused(page)).toBe('cart-7');
  await page.reload();
  await page.getByRole('status').getByText('1 of 70').waitFor();
  await page.getByLabel('Find a service').fill('nowhere');
  await page.getByText('Nothing here fits the search.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('status').getByText('70', {exact: true}).waitFor();
  await eventually(() => address(page).get('find')).toBe(null);
});

test('services: a head sorts, turns round, says so, and the address restores it', async () => {
  const page = await openServices('/services?last=15m');
  const first = () => page.locator('[data-index="0"]').getAttribute('data-row');
  const head = page.getByRole('columnheader', {name: 'Errors'});
  await head.getByRole('button').click();
  await eventually(() => head.getAttribute('aria-sort')).toBe('descending');
  await eventually(first).toBe('stock-1');
  await page.keyboard.press('Enter');
  await eventually(() => head.getAttribute('aria-sort')).toBe('ascending');
  await eventually(first).not.toBe('stock-1');
  await page.goto('/services?last=15m&sort=name');
  await page.locator('[data-row]').first().waitFor();
  // As a person counts: stock-6 after stock-5, and not by code units.
  await eventually(() => first()).toBe(oddNames.hebrew);
  await eventually(() => page.getByRole('columnheader', {name: 'Service'}).getAttribute('aria-sort')).toBe(
    'descending',
  );
});

test('services: columns of choice stand in the address and are kept in this browser', async () => {
  const page = await openServices();
  await page.getByRole('button', {name: 'Columns'}).click();
  await page.getByRole('menuitemcheckbox', {name: 'P50'}).click();
  await page.getByRole('menuitemcheckbox', {name: 'Requests'}).click();
  await page.keyboard.press('Escape');
  await eventually(() => address(page).get('columns')).toBe('name,rate,errors,p95,p99,requests');
  await page.getByRole('columnheader', {name: 'Requests'}).waitFor();
  expect(await page.getByRole('columnheader', {name: 'P50'}).count()).toBe(0);
  await page.goto('/services');
  await page.getByRole('columnheader', {name: 'Requests'}).waitFor();
  // A link that names columns shows those, whatever this browser remembers.
  await page.goto('/services?columns=p99');
  await page.locator('[data-row]').first().waitFor();
  await eventually(async () => (await page.getByRole('columnheader').allInnerTexts()).slice(0, 2)).toEqual([
    'Service',
    'P99',
  ]);
  await page.getByRole('button', {name: 'Columns'}).click();
  await page.getByRole('menuitem', {name: 'As at first'}).click();
  await page.getByRole('columnheader', {name: 'P50'}).waitFor();
  await eventually(() => address(page).get('columns')).toBe(null);
});

test('services: by keys alone, from row to row, into a figure, the menu and the service', async () => {
  const page = await openServices();
  await page.keyboard.press('ArrowDown');
  const names = page.locator('[data-index="0"]');
  await eventually(() => focused(page)).toBe(await names.getAttribute('data-row'));
  await page.keyboard.press('End');
  await eventually(() => focused(page)).toBe(oddNames.hebrew);
  // Only rows in view are drawn, and the one that has the focus.
  expect(await page.locator('[data-row]').count()).toBeLessThan(60);
  await eventually(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('71');
  await eventually(() => rowOf(page, oddNames.hebrew).getAttribute('aria-rowindex')).toBe('71');
  await page.keyboard.press('PageUp');
  await eventually(() => focused(page)).not.toBe(oddNames.hebrew);
  await page.keyboard.press('Home');
  await eventually(() => focused(page)).toBe(await names.getAttribute('data-row'));
  // The focus stays at its row when the view goes elsewhere and when the order changes.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const here = await focused(page);
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 20_000);
  await eventually(() => page.locator('[data-index="69"]').count()).toBe(1);
  await eventually(() => focused(page)).toBe(here);
  await page.keyboard.press('m');
  await page.getByRole('menuitem', {name: 'Sampling and log level'}).waitFor();
  await eventually(() => page.evaluate('document.activeElement.role')).toBe('menuitem');
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem').first().waitFor({state: 'detached'});
  await eventually(() => focused(page)).toBe(here);
  await page.goto('/services?find=stock-1');
  await rowOf(page, 'stock-1').waitFor();
  await page.keyboard.press('ArrowDown');
  await eventually(() => focused(page)).toBe('stock-1');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/' && url.searchParams.getAll('where').includes('status=error'));
  await page.goBack();
  await rowOf(page, 'stock-1').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/services/stock-1');
});

test('services: Tab knows one row of the table only, and rows are links that open in a tab of their own', async () => {
  const page = await openServices();
  expect(await page.locator('[data-row] [tabindex="0"]').count()).toBeLessThan(8);
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    rowOf(page, 'cart-1').click({modifiers: ['ControlOrMeta'], position: {x: 400, y: 14}}),
  ]);
  await tab.waitForURL('**/services/cart-1*');
});

test('services: compared with the time before, each figure says which way it went, by how much and in words', async () => {
  const page = await openServices(`${comparing}&sort=errors`);
  await page.getByText(/^Compared with the time before: /).waitFor();
  const stock = rowOf(page, 'stock-1');
  await stock.getByText(/^↑ 3\d pp more$/).waitFor();
  await eventually(() => stock.getByText(/^↑ \d+ % slower$/).count()).toBe(3);
  await eventually(() => stock.getByText(/^↑ \d+ pp more$/).getAttribute('title')).toBe('Was 0 %');
  await rowOf(page, 'cart-2').getByText('new').waitFor();
  await page.getByLabel('Find a service').fill('cart-3');
  await rowOf(page, 'cart-3').getByText('silent now').waitFor();
});

test('services: where the other time holds nothing, nothing is said to have changed', async () => {
  const page = await openServices('/services?last=15m&compare=yesterday');
  await page.getByText('Weft has no requests of that to compare with.').waitFor();
  expect(await page.getByText(/[↑↓]|^new$/).count()).toBe(0);
});

test('services: a comparison that is refused leaves the figures, and says why it is missing', async () => {
  const page = await openPage(browser, weft.http, {}, [/status of 503/]);
  let asked = 0;
  await page.route('**/services/red*', (route) =>
    asked++ === 0
      ? route.continue()
      : route.fulfill({status: 503, json: {error: {code: 'unavailable', message: 'The store is away.'}}}),
  );
  await page.goto(comparing);
  await page.getByText('The comparison could not be read: The store is away.').waitFor();
  await rowOf(page, 'cart-1').waitFor();
});

test('services: rows to come are as high as rows, nothing moves when they are there, and an old answer is dimmed', async () => {
  const page = await openPage(browser, weft.http);
  await page.addInitScript(`window.moved = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
  }).observe({type: 'layout-shift', buffered: true});`);
  let answer = (): void => undefined;
  const hold = (): Promise<void> => new Promise((resolve) => (answer = resolve));
  let held = hold();
  await page.route('**/services/red*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/services?last=3h');
  await eventually(() => page.getByRole('table').getAttribute('aria-busy')).toBe('true');
  const toCome = (await page.locator('tbody tr').first().boundingBox())!;
  answer();
  await page.locator('[data-row]').first().waitFor();
  const there = (await page.locator('[data-row]').first().boundingBox())!;
  expect([there.y, there.height]).toEqual([toCome.y, toCome.height]);
  expect(await page.evaluate('window.moved')).toBeLessThan(0.005);

  held = hold();
  await page.getByRole('button', {name: /^Time range/}).click();
  await page.getByRole('button', {name: 'Last 12 hours'}).click();
  await page.locator('[data-old="another"] tbody').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowDown');
  await eventually(() => focused(page)).not.toBe('');
  answer();
  await page.locator('[data-old]').waitFor({state: 'detached'});
});

const look = `axe
  .run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
  .then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map((node) =>
    id + ' ' + node.target.join(' ') + ' ' + node.any.concat(node.all).map((check) => check.message).join('; '))))`;

/** Rows that lie over the next one: they are where they were before the width changed. */
const overlapping = `[...document.querySelectorAll('[data-row]')]
  .map((row) => row.getBoundingClientRect())
  .sort((a, b) => a.top - b.top)
  .filter(({bottom}, i, all) => i + 1 < all.length && bottom > all[i + 1].top + 1).length`;

test.each(['light', 'dark'] as const)(
  'services: seventy of them, compared, in %s at every width: as WCAG 2.2 AA wants',
  async (colorScheme) => {
    const page = await openServices(comparing, {colorScheme, reducedMotion: 'reduce'});
    await page.getByText(/^Compared with/).waitFor();
    const faults: string[] = [];
    for (const width of [1440, 1024, 720, 390]) {
      await page.setViewportSize({width, height: 900});
      await eventually(() => page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      await eventually(() => page.evaluate(overlapping)).toEqual(0);
      await page.evaluate(axe);
      faults.push(...(await page.evaluate<string[]>(look)).map((one) => `${width}: ${one}`));
      if (width === 390) {
        await page.getByRole('button', {name: 'Columns'}).click();
        await page.getByRole('menuitemcheckbox').first().waitFor();
        faults.push(...(await page.evaluate<string[]>(look)).map((one) => `columns: ${one}`));
        await page.keyboard.press('Escape');
        await page.getByRole('menuitemcheckbox').first().waitFor({state: 'detached'});
      }
      if (width !== 390) continue;
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('m');
      await page.getByRole('menuitem').first().waitFor();
      faults.push(...(await page.evaluate<string[]>(look)).map((one) => `menu: ${one}`));
    }
    expect(faults).toEqual([]);
  },
);

test('services: a duration that the counts do not tell is a bound, in the cell, its tip and its link', async () => {
  const day = 86_400_000;
  await weft.send(
    traceOf(60_000, [{id: 'root', service: 'lasting', name: 'work', kind: 2, start: 0, end: 3 * day}]).body,
  );
  await weft.send(traceOf(60_000, [{id: 'root', service: 'momentary', name: 'work', kind: 2, start: 0, end: 0}]).body);
  const figure = (service: string) => rowOf(page, service).getByRole('link').last();
  const page = await openServices('/services?last=15m&find=momentary');
  await eventually(() => figure('momentary').innerText()).toBe('≤ 1.09 µs');
  await page.goto('/services?last=15m&find=lasting');
  await eventually(() => figure('lasting').innerText()).toBe('≥ 1 h');
  await eventually(() => figure('lasting').getAttribute('title')).toMatch(
    /^≥ 1 h: longer durations are counted together · /,
  );
  await figure('lasting').click();
  await page.locator('[data-row]').first().waitFor();
  await eventually(() => address(page).get('where')).toBe('span.duration>=3600s');
});

test('services: a figure that sampled spans stand for says of how many it was reckoned', async () => {
  const kept = {
    id: 'root',
    service: 'sampled',
    name: 'GET /',
    kind: 2,
    traceState: 'ot=th:e',
    start: 0,
    end: 5,
  } as const;
  await weft.send(traceOf(60_000, [kept]).body);
  const page = await openServices('/services?last=15m&find=sampled');
  await rowOf(page, 'sampled')
    .getByTitle(/^8 requests in .* · reckoned from 1 sampled span$/)
    .waitFor();
  await page.getByText(/ · reckoned from [\d,]+ stored spans, as some were sampled/).waitFor();
});
