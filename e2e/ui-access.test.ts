/** Every view in both schemes and four widths: contrast, names and roles as WCAG 2.2 AA wants them, and nothing beyond the edge. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {buildPage, openBrowser, openPage, quickBrowse, type SentTrace, slowCheckout} from './ui-testing.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
  buildPage();
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slow = slowCheckout(30_000);
  await weft.send(slow.body);
  await weft.send(quickBrowse(5_000).body);
  const answer = await fetch(`${weft.http}/api/weft/v1/instrument/overrides/order`, {
    method: 'PUT',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({probability: 0.5, logLevel: 'debug'}),
  });
  expect(answer.status).toBe(200);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

interface View {
  readonly path: () => string;
  /** There when the view is. */
  readonly shown: string;
  readonly act?: (page: Page) => Promise<void>;
  /** What is looked at, where it lies over the rest. */
  readonly within?: string;
}
const views: Readonly<Record<string, View>> = {
  search: {path: () => '/', shown: '[aria-label="Traces found"] a'},
  'search, refused and completed': {
    path: () => '/?where=outcome!=clean&where=duration>1ms',
    shown: '[aria-label="Traces found"] a',
    async act(page) {
      await page.keyboard.press('/');
      await page.keyboard.type('name=~x');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
    },
  },
  'nothing found': {
    path: () => '/?service=order&where=status=error&where=duration>1h',
    shown: 'text=There are traces',
  },
  spans: {
    path: () => '/?results=spans&column=http.response.status_code&column=exception.type',
    shown: '[aria-label="Spans found"] a',
  },
  'spans, grouped': {
    path: () => '/?results=spans&by=http.response.status_code',
    shown: '[aria-label^="Spans by"] a',
  },
  'grouping to choose': {
    path: () => '/?results=spans',
    shown: '[aria-label="Spans found"] a',
    within: '[role=dialog]',
    act: (page) => page.keyboard.press('g'),
  },
  timeline: {path: () => `/trace/${slow.traceId}?span=${slow.spanId('pay1')}`, shown: 'text=PaymentDeclined'},
  'flame graph': {path: () => `/trace/${slow.traceId}?tab=flame`, shown: 'canvas'},
  statistics: {path: () => `/trace/${slow.traceId}?tab=table`, shown: '[data-row]'},
  services: {path: () => '/services', shown: '[data-row]'},
  sampling: {
    path: () => '/sampling?open=gateway',
    shown: '[data-row]',
    async act(page) {
      await page.getByRole('button', {name: 'Incident mode: 100 %'}).click();
      await page.getByRole('button', {name: /^Undo/}).waitFor();
    },
  },
  'sampling, set for a time': {path: () => '/sampling?edit=payment', shown: '[role=dialog] form'},
  status: {path: () => '/status', shown: 'dl'},
  help: {path: () => '/status', shown: 'dl', act: (page) => page.keyboard.press('?')},
  'time to choose': {
    path: () => '/services',
    shown: '[data-row]',
    within: '[role=dialog]',
    act: (page) => page.keyboard.press('t'),
  },
  'service to choose': {
    path: () => '/services?service=order',
    shown: '[data-row]',
    act: (page) => page.keyboard.press('s'),
  },
  'comparison to choose': {path: () => '/services', shown: '[data-row]', act: (page) => page.keyboard.press('c')},
  'menu of a thing': {
    path: () => '/status',
    shown: 'dl',
    act: (page) => page.locator('[data-thing]').first().click({button: 'right'}),
  },
  palette: {path: () => '/status', shown: 'dl', act: (page) => page.keyboard.press('Control+k')},
};

test.each(Object.keys(views).flatMap((name) => (['light', 'dark'] as const).map((scheme) => [name, scheme] as const)))(
  'page: %s, %s',
  async (name, scheme) => {
    const view = views[name]!;
    // Motion would be measured half-way.
    const page = await openPage(browser, weft.http, {colorScheme: scheme, reducedMotion: 'reduce'});
    const faults: string[] = [];
    for (const [width, height] of [
      [1440, 900],
      [1024, 768],
      // Half of a common screen, and 1440 pixels at 200 %.
      [720, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({width, height});
      if (width === 1440) {
        await page.goto(view.path());
        await page.waitForSelector(view.shown);
        await view.act?.(page);
      }
      await page.waitForTimeout(250);
      await page.evaluate(axe);
      const found = await page.evaluate<string[]>(look(view.within));
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      faults.push(
        ...found.map((one) => `${width}: ${one}`),
        ...(over > 0 ? [`${width}: ${over} px beyond the edge`] : []),
      );
    }
    await fetch(`${weft.http}/api/weft/v1/instrument/overrides/*?what=sampling`, {method: 'DELETE'});
    expect(faults).toEqual([]);
  },
);

/** Runs in the page: what is wrong, where, why. */
const look = (within?: string): string => `axe
  .run(${within === undefined ? 'document' : `'${within}'`}, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
  .then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map((node) =>
    id + ' ' + node.target.join(' ') + ' ' + node.any.concat(node.all).map((check) => check.message).join('; '))))`;

/** Views that are there at once, without an act of the reader. */
const still = Object.entries(views).filter(([, view]) => view.act === undefined);
test.each(still.flatMap(([name]) => [1440, 390].map((width) => [name, width] as const)))(
  'page: %s at %d px stands still while it loads',
  async (name, width) => {
    const view = views[name]!;
    const page = await openPage(browser, weft.http, {viewport: {width, height: 844}});
    await page.goto(view.path());
    await page.waitForSelector(view.shown);
    await page.waitForLoadState('networkidle');
    const moved = await page.evaluate<readonly Shift[]>(shifts);
    const sum = moved.reduce((all, {value}) => all + value, 0);
    // A fifth of what is called good (web.dev/articles/cls); what a details pane learns late may push its last lines down.
    expect(sum, JSON.stringify(moved)).toBeLessThan(0.02);
  },
);

interface Shift {
  readonly value: number;
  readonly of: readonly string[];
}
/** Runs in the page: what has moved since it began to load, with the elements that did. */
const shifts = `new Promise((resolve) => {
  const found = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const of = (entry.sources ?? []).map(({node, previousRect: a, currentRect: b}) =>
        [node?.nodeName, node?.className, (node?.textContent ?? '').slice(0, 30), [a, b].map(({x, y}) => Math.round(x) + ',' + Math.round(y)).join(' to ')].join(' '));
      found.push({value: entry.value, of});
    }
  }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(found), 100);
})`;
