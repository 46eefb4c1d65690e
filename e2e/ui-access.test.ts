/** Every view in both schemes and five widths: contrast, names and roles as WCAG 2.2 AA wants them, and nothing beyond the edge. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {openBrowser, openPage, quickBrowse, type SentTrace, slowCheckout} from './ui-testing.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slow = slowCheckout(30_000);
  await weft.send(slow.body, quickBrowse(5_000).body);
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
  /** Something lies over a part of it. */
  readonly overlaid?: true;
  /** Leaves Weft as it was for the other views. */
  readonly undo?: () => Promise<unknown>;
  /** What is looked at, where it lies over the rest. */
  readonly within?: string;
}
const views: Readonly<Record<string, View>> = {
  search: {path: () => '/', shown: '[aria-label="Traces found"] a'},
  'search, refused and completed': {
    overlaid: true,
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
    shown: 'text=finds some',
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
    overlaid: true,
    path: () => '/?results=spans',
    shown: '[aria-label="Spans found"] a',
    within: '[role=dialog]',
    act: (page) => page.keyboard.press('g'),
  },
  'search, as points, and what they share': {
    path: () => '/?plot=scatter&against=same&where=outcome=healed',
    shown: '[aria-label="What do these share?"] p',
  },
  'TraceQL, as points, and what they share': {
    path: () => '/?plot=scatter&against=same&q={ status = error }',
    shown: '[aria-label="What do these share?"] p',
  },
  'TraceQL, spans': {path: () => '/?results=spans&q={ } | select(span.http.route)', shown: '[data-row] a'},
  'TraceQL, faulty': {path: () => '/?q={ status = eror }', shown: '.cm-lintRange-error'},
  'TraceQL, series': {path: () => '/?q={ } | rate() by (resource.service.name)', shown: '[data-row]'},
  'trace map': {path: () => `/trace/${slow.traceId}?tab=map`, shown: 'svg button'},
  timeline: {
    overlaid: true,
    path: () => `/trace/${slow.traceId}?span=${slow.spanId('pay1')}`,
    shown: 'text=PaymentDeclined',
  },
  'flame graph': {path: () => `/trace/${slow.traceId}?tab=flame`, shown: 'canvas'},
  statistics: {path: () => `/trace/${slow.traceId}?tab=table`, shown: '[data-row]'},
  'trace compared': {path: () => `/trace/${slow.traceId}/compare?with=${slow.traceId}`, shown: '[data-row]'},
  'before and after': {path: () => '/mend?service=order&at=2026-01-02T03:04:05.000Z', shown: 'table'},
  services: {path: () => '/services', shown: '[data-row]'},
  'a service': {path: () => '/services/order', shown: '[data-row]'},
  'a service, its dependencies': {path: () => '/services/order?part=dependencies', shown: '[data-row]'},
  'a service, its errors': {path: () => '/services/payment?part=errors', shown: '[data-row]'},
  'a service, its statements': {
    path: () => '/services/inventory?part=statements',
    shown: 'text=asked nothing of a database',
  },
  'a service, its instances': {path: () => '/services/order?part=instances', shown: '[data-row]'},
  map: {path: () => '/map', shown: 'main svg'},
  'trace health': {path: () => '/map?view=propagation', shown: 'main table'},
  sampling: {
    path: () => '/sampling?open=gateway',
    shown: '[data-row]',
    async act(page) {
      await page.getByRole('button', {name: 'Incident mode: 100 %'}).click();
      await page.getByRole('button', {name: /^Undo/}).waitFor();
    },
    undo: () => fetch(`${weft.http}/api/weft/v1/instrument/overrides/*?what=sampling`, {method: 'DELETE'}),
  },
  'sampling, set for a time': {overlaid: true, path: () => '/sampling?edit=payment', shown: '[role=dialog] form'},
  pipeline: {path: () => '/pipeline', shown: '[data-node]'},
  component: {path: () => '/pipeline?component=receiver/otlp', shown: 'aside pre'},
  status: {path: () => '/status', shown: 'dl'},
  help: {overlaid: true, path: () => '/status', shown: 'dl', act: (page) => page.keyboard.press('?')},
  'time to choose': {
    overlaid: true,
    path: () => '/services',
    shown: '[data-row]',
    within: '[role=dialog]',
    act: (page) => page.keyboard.press('t'),
  },
  'service to choose': {
    overlaid: true,
    path: () => '/services?service=order',
    shown: '[data-row]',
    act: (page) => page.keyboard.press('s'),
  },
  'comparison to choose': {
    overlaid: true,
    path: () => '/services',
    shown: '[data-row]',
    act: (page) => page.keyboard.press('c'),
  },
  'menu of a thing': {
    overlaid: true,
    path: () => '/status',
    shown: 'dl',
    act: (page) => page.locator('[data-thing]').first().click({button: 'right'}),
  },
  palette: {overlaid: true, path: () => '/status', shown: 'dl', act: (page) => page.keyboard.press('Control+k')},
};

/** 1440 × 900 and 1280 × 800 at a zoom of 200 %. */
const zoomed = [
  [720, 450],
  [640, 400],
] as const;
const sizes = [[1440, 900], [1024, 768], ...zoomed, [390, 844]] as const;

test.concurrent.for(Object.entries(views))(
  'page: %s can be read and reached, in both schemes and at every width',
  async ([, view], own) => {
    // Motion would be measured half-way.
    const page = await openPage(browser, weft.http, {colorScheme: 'light', reducedMotion: 'reduce'}, [], own);
    await page.goto(view.path());
    await page.waitForSelector(view.shown);
    await view.act?.(page);
    await page.addStyleTag({content: '*, ::before, ::after {transition: none !important}'});
    await page.evaluate(axe);
    const faults: string[] = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({width, height});
      await page.emulateMedia({colorScheme: 'light'});
      await settled(page);
      const found = await page.evaluate<string[]>(look(view.within, {runOnly: levels}));
      // The elements are the same ones in the other scheme, and only their colours differ.
      await page.emulateMedia({colorScheme: 'dark'});
      await settled(page);
      found.push(...(await page.evaluate<string[]>(look(view.within, {runOnly: colours}))));
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (over > 0) found.push(`${over} px beyond the edge`);
      faults.push(...found.map((one) => `${width}: ${one}`));
    }
    // A pane or a menu that lies over the rest is closed first.
    for (const [width, height] of view.overlaid === true ? [] : zoomed) {
      await page.setViewportSize({width, height});
      await settled(page);
      faults.push(...(await page.evaluate<string[]>(unreachable)).map((one) => `${width}: ${one}`));
    }
    await view.undo?.();
    own.expect(faults).toEqual([]);
  },
);

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const colours = ['color-contrast', 'link-in-text-block'];

/** What is drawn follows a size or a scheme within two frames, and no transition runs: the reader wants less motion. */
const settled = (page: Page): Promise<unknown> =>
  page.evaluate(
    `new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 60))`,
  );

/** Runs in the page: what is wrong, where, why. */
const look = (within: string | undefined, options: {readonly runOnly: readonly string[]}): string => `axe
  .run(${within === undefined ? 'document' : `'${within}'`}, ${JSON.stringify({...options, resultTypes: ['violations']})})
  .then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map((node) =>
    id + ' ' + node.target.join(' ') + ' ' + node.any.concat(node.all).map((check) => check.message).join('; '))))`;

/** Runs in the page: what can be used and yet cannot be brought into view, where another does not lie over it. */
const unreachable = `(() => {
  const faults = [];
  for (const one of document.querySelectorAll('a[href]:not([href^="#"]), button, input, select, textarea, [tabindex="0"]')) {
    if (!one.checkVisibility({opacityProperty: true, visibilityProperty: true}) || one.closest('[inert], [aria-hidden=true]')) continue;
    if (one.getBoundingClientRect().width < 8 || one.matches('[data-toggle]:disabled')) continue;
    one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = one.getBoundingClientRect();
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    const name = (one.getAttribute('aria-label') ?? one.textContent ?? '').slice(0, 40) + ' <' + one.tagName + ' ' + one.className + '>';
    if (right - left < Math.min(8, box.width) || bottom - top < Math.min(8, box.height)) faults.push('out of view: ' + name);
    else {
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      if (hit === null || !(one.contains(hit) || hit.contains(one) || hit.closest('label, tr, [role=row]')?.contains(one)))
        faults.push('covered: ' + name + ' by ' + hit?.tagName + ' ' + hit?.className);
    }
  }
  return faults;
})()`;

/** Views that are there at once, without an act of the reader. */
const still = Object.entries(views).filter(([, view]) => view.act === undefined);
test.concurrent.for(still.flatMap(([name]) => [1440, 390].map((width) => [name, width] as const)))(
  'page: %s at %d px stands still while it loads',
  async ([name, width], own) => {
    const view = views[name]!;
    const page = await openPage(browser, weft.http, {viewport: {width, height: 844}}, [], own);
    await page.goto(view.path());
    await page.waitForSelector(view.shown);
    await page.waitForLoadState('networkidle');
    const moved = await page.evaluate<readonly Shift[]>(shifts);
    const sum = moved.reduce((all, {value}) => all + value, 0);
    // A fifth of what is called good (web.dev/articles/cls); what a details pane learns late may push its last lines down.
    own.expect(sum, JSON.stringify(moved)).toBeLessThan(0.02);
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
