/** TraceQL in Explore in a browser: written with completion, mended, answered as traces, spans, groups and series, turned into the form. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;

const text = (key: string, value: string) => ({key, value: {stringValue: value}});
const whole = (key: string, value: number) => ({key, value: {intValue: String(value)}});
const idOf = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const traces = 6;

/** Traces of a gateway that calls a cart, one every 20 s until now; every third call fails. */
function body() {
  const now = BigInt(Date.now()) * 1_000_000n;
  const resourceSpans = ['gateway', 'cart'].map((service, of) => ({
    resource: {attributes: [text('service.name', service)]},
    scopeSpans: [
      {
        spans: Array.from({length: traces}, (_, n) => {
          const start = now - BigInt(n * 20 + 30) * 1_000_000_000n;
          const failed = n % 3 === 0;
          return {
            traceId: idOf(n + 1, 32),
            spanId: idOf((n + 1) * 16 + of, 16),
            parentSpanId: of === 0 ? '' : idOf((n + 1) * 16, 16),
            name: of === 0 ? 'GET /orders' : 'GET /cart',
            kind: of === 0 ? 2 : 3,
            startTimeUnixNano: `${start}`,
            endTimeUnixNano: `${start + BigInt(n + 1) * 50_000_000n}`,
            status: failed && of === 1 ? {code: 2} : {},
            attributes: [
              text('http.route', of === 0 ? '/orders' : '/cart'),
              whole('http.response.status_code', failed ? 500 : 200),
            ],
          };
        }),
      },
    ],
  }));
  return {resourceSpans};
}

beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  await weft.send(body());
});
afterAll(async () => {
  await browser.close();
  await weft.stop();
});

const editorOf = (page: Page) => page.getByRole('textbox', {name: 'TraceQL query'});
const queryOf = (page: Page): string | null => new URL(page.url()).searchParams.get('q');
const rowsOf = (page: Page) => page.locator('[data-row]');

async function openQuery(q: string, more = '', expected: readonly RegExp[] = []): Promise<Page> {
  const page = await openPage(browser, weft.http, {}, expected);
  await page.goto(`/?q=${encodeURIComponent(q)}${more}`);
  return page;
}

test('TraceQL in Explore: the form turns into a query, which is written on with completion and searched by Enter', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?service=cart&where=status=error');
  await eventually(() => rowsOf(page).count()).toBe(2);
  await page.getByText('TraceQL', {exact: true}).click();
  await eventually(() => queryOf(page)).toBe('{ resource.service.name = "cart" && status = error }');
  await eventually(() => rowsOf(page).count()).toBe(2);
  const editor = editorOf(page);
  await editor.press('Control+A');
  await editor.pressSequentially('{ resource.service.name = "ca');
  await page.getByRole('option', {name: '"cart"'}).click();
  await editor.pressSequentially(' && http.res');
  await page.getByRole('option', {name: 'span.http.response.status_code'}).click();
  await page.getByRole('option', {name: '!='}).waitFor();
  await editor.pressSequentially('= ');
  await page.getByRole('option', {name: '200'}).waitFor();
  await editor.pressSequentially('200 }');
  await editor.press('Enter');
  await eventually(() => queryOf(page)).toBe(
    '{ resource.service.name = "cart" && span.http.response.status_code = 200 }',
  );
  await eventually(() => rowsOf(page).count()).toBe(4);
  // The address restores both.
  const again = await openPage(browser, weft.http);
  await again.goto(page.url());
  await eventually(() => editorOf(again).textContent()).toBe(queryOf(page));
  await eventually(() => rowsOf(again).count()).toBe(4);
});

test('TraceQL in Explore: a fault is underlined at its word and said, and nothing is asked', async () => {
  const page = await openQuery('{ status = eror }');
  await eventually(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(['eror']);
  const editor = editorOf(page);
  expect(await editor.getAttribute('aria-invalid')).toBe('true');
  const said = await editor.getAttribute('aria-describedby');
  expect(await page.locator(`[id="${said}"]`).textContent()).toContain('found `eror`');
  await page.getByRole('heading', {name: 'This query cannot be asked'}).waitFor();
  // It is told once, under its word.
  expect(await page.getByText(/found `eror`/).count()).toBe(1);
  await editor.press('Control+A');
  await editor.pressSequentially('{ status = error }', {delay: 5});
  await eventually(() => page.locator('.cm-lintRange-error').count()).toBe(0);
  await page.getByRole('button', {name: 'Search', exact: true}).click();
  await eventually(() => rowsOf(page).count()).toBe(2);
});

test('TraceQL in Explore: an answer that comes leaves the focus in the editor', async () => {
  const page = await openPage(browser, weft.http);
  const held = Promise.withResolvers<void>();
  await page.route('**/tempo/api/search?*', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(`/?q=${encodeURIComponent('{ status = error }')}`);
  await editorOf(page).press('End');
  held.resolve();
  await eventually(() => rowsOf(page).count()).toBe(2);
  expect(await page.locator('.cm-content:focus').count()).toBe(1);
});

test('TraceQL in Explore: Tab leads out of the editor', async () => {
  const page = await openQuery('{ status = error }');
  await eventually(() => rowsOf(page).count()).toBe(2);
  await editorOf(page).focus();
  await page.keyboard.press('Tab');
  await eventually(() => page.locator('button:focus').textContent()).toBe('Search');
  await page.keyboard.press('Shift+Tab');
  await eventually(() => page.locator('.cm-content:focus').count()).toBe(1);
});

test('TraceQL in Explore: one answer as traces, as spans with the columns of select, and in groups', async () => {
  const page = await openQuery('{ } | by(resource.service.name) | select(span.http.route)');
  await eventually(() => rowsOf(page).count()).toBe(traces);
  await page.getByText('Spans', {exact: true}).first().click();
  await eventually(() => rowsOf(page).count()).toBe(2 * traces);
  await page.getByRole('columnheader', {name: 'http.route'}).waitFor();
  await eventually(() => page.getByText('/cart', {exact: true}).count()).toBe(traces);
  await page.getByText('Groups', {exact: true}).click();
  await eventually(() => rowsOf(page).count()).toBe(2);
  expect(new URL(page.url()).searchParams.get('results')).toBe('groups');
  await page.getByRole('button', {name: /cart/}).first().click();
  await eventually(() => rowsOf(page).count()).toBe(2 + traces);
  await page
    .getByRole('link', {name: /GET \/cart/})
    .first()
    .click();
  await page.waitForURL(/\/trace\/[0-9a-f]{32}\?.*span=/);
});

test('TraceQL in Explore: a function over time is drawn, with what each series came to and a trace of each', async () => {
  const page = await openQuery('{ } | count_over_time() by (resource.service.name)');
  await page.getByRole('img', {name: /Over time: (?:cart, gateway|gateway, cart)/}).waitFor();
  await eventually(() => rowsOf(page).count()).toBe(2);
  expect(await page.locator('canvas').count()).toBe(1);
  await page.getByText('Table', {exact: true}).click();
  await page.getByRole('columnheader', {name: 'gateway'}).waitFor();
  await page.goBack();
  await page.getByRole('link', {name: 'Open a trace of it'}).first().click();
  await page.waitForURL(/\/trace\/[0-9a-f]{32}/);
});

test('TraceQL in Explore: a mark of the chart opens the trace that it is of', async () => {
  const page = await openQuery('{ resource.service.name = "gateway" } | max_over_time(duration)');
  await page.getByRole('img', {name: /Over time/}).waitFor();
  const over = page.locator('.u-over');
  const box = (await over.boundingBox())!;
  // The chart says with its cursor where a mark is.
  let opened = false;
  for (let x = box.width - 1; x > 0 && !opened; x -= 4) {
    for (let y = 2; y < box.height && !opened; y += 10) {
      await over.hover({position: {x, y}});
      if ((await over.getAttribute('style'))?.includes('pointer') !== true) continue;
      await over.click({position: {x, y}});
      opened = true;
    }
  }
  await page.waitForURL(/\/trace\/[0-9a-f]{32}\?.*span=/);
});

test('TraceQL in Explore: it turns into the form where that has a place for all of it, and else says for what not', async () => {
  const page = await openQuery('{ resource.service.name = "cart" && status = error }');
  await page.getByText('Form', {exact: true}).click();
  await eventually(() => new URL(page.url()).search).toContain('service=cart');
  expect(queryOf(page)).toBe(null);
  await eventually(() => rowsOf(page).count()).toBe(2);
  const other = await openQuery('{ } >> { status = error }');
  await other.getByText('Form', {exact: true}).click();
  await other.getByRole('status').filter({hasText: 'The form has no place for { } >> { status = error }'}).waitFor();
  expect(queryOf(other)).toBe('{ } >> { status = error }');
});

test('TraceQL in Explore: typed into the form it becomes a query', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  const field = page.getByRole('combobox', {name: 'Query'});
  await field.fill('{ status = error } | rate()');
  await field.press('Enter');
  await eventually(() => queryOf(page)).toBe('{ status = error } | rate()');
  await page.getByRole('img', {name: /Over time/}).waitFor();
});

test('Explore: a search is saved under a name, found again, and removed; recent ones are beside it', async () => {
  const page = await openQuery('{ status = error }');
  await eventually(() => rowsOf(page).count()).toBe(2);
  await page.getByRole('button', {name: 'Saved and recent searches'}).click();
  const panel = page.getByRole('dialog', {name: 'Saved and recent searches'});
  await panel.getByRole('textbox', {name: 'Name of this search'}).fill('Failing carts');
  await panel.getByRole('button', {name: 'Save', exact: true}).click();
  await panel.getByRole('link', {name: 'Failing carts'}).waitFor();
  await page.goto('/');
  await page.getByRole('button', {name: 'Saved and recent searches'}).click();
  await panel.getByRole('link', {name: '{ status = error }', exact: true}).waitFor();
  await panel.getByRole('link', {name: 'Failing carts'}).click();
  await eventually(() => queryOf(page)).toBe('{ status = error }');
  await page.getByRole('button', {name: 'Saved and recent searches'}).click();
  await panel.getByRole('button', {name: 'Remove Failing carts'}).click();
  await eventually(() => panel.getByRole('link', {name: 'Failing carts'}).count()).toBe(0);
});

test('TraceQL in Explore: what Weft refuses is said in its words', async () => {
  const page = await openQuery('{ } | rate()', '&start=2026-01-01T00:00:00Z&end=2026-01-08T00:00:00Z', [/400/]);
  await page.getByText('exceeds the maximum allowed duration').waitFor();
});

/** One trace of a single span that begins now. */
const arriving = (n: number) => {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    resourceSpans: [
      {
        resource: {attributes: [text('service.name', 'late')]},
        scopeSpans: [
          {
            spans: [
              {
                ...{traceId: idOf(n, 32), spanId: idOf(n, 16), name: 'GET /late', kind: 2},
                ...{startTimeUnixNano: `${now - 90_000_000n}`, endTimeUnixNano: `${now}`},
              },
            ],
          },
        ],
      },
    ],
  };
};

test('TraceQL in Explore: in live mode newer traces come by themselves, and wait while a reader is among them', async () => {
  const page = await openQuery('{ resource.service.name = "late" }');
  await page.getByText('Nothing fits in this time').waitFor();
  await page.getByRole('button', {name: 'Live', exact: true}).click();
  await weft.send(arriving(0xa01));
  await eventually(() => rowsOf(page).count()).toBe(1);
  await rowsOf(page).first().hover();
  await weft.send(arriving(0xa02));
  await page.getByRole('button', {name: '1 new trace'}).waitFor();
  expect(await rowsOf(page).count()).toBe(1);
  await page.getByRole('button', {name: '1 new trace'}).click();
  await eventually(() => rowsOf(page).count()).toBe(2);
});

test('TraceQL in Explore: the plot counts the traces, shows each as a point, and keeps that in the address', async () => {
  const page = await openQuery('{ span.http.route = "/cart" }');
  await eventually(() => rowsOf(page).count()).toBe(traces);
  const plot = page.getByRole('figure');
  await plot.getByText('with an error').waitFor();
  await plot.getByText('Scatter', {exact: true}).click();
  await eventually(() => new URL(page.url()).searchParams.get('plot')).toBe('scatter');
  await page.reload();
  await eventually(() => page.getByRole('radio', {name: 'Scatter'}).isChecked()).toBe(true);
  // As spans there is no plot of traces.
  await page.getByText('Spans', {exact: true}).first().click();
  await eventually(() => plot.count()).toBe(0);
});

test('TraceQL in Explore: a query is among the recent searches, and can be saved', async () => {
  const q = '{ span.http.route = "/cart" && status = error }';
  const page = await openQuery(q);
  await eventually(() => rowsOf(page).count()).toBe(2);
  const menu = page.getByRole('button', {name: 'Saved and recent searches'});
  await menu.click();
  const dialog = page.getByRole('dialog', {name: 'Saved and recent searches'});
  await dialog.getByRole('textbox').fill('carts that fail');
  await dialog.getByRole('button', {name: 'Save'}).click();
  await dialog.getByRole('link', {name: q}).waitFor();
  await page.goto('/');
  await menu.click();
  await dialog.getByRole('link', {name: 'carts that fail'}).click();
  await eventually(() => queryOf(page)).toBe(q);
  await eventually(() => rowsOf(page).count()).toBe(2);
});
