/**
 * Pictures of every view: `npm run screenshots [-- --out DIR --minutes 4 --widths 1440,1024,390 --only NAME,NAME --readme]`. A real Weft
 * with the demo shop under load for `--minutes`, a real Chromium (`/usr/bin/chromium`, or the one that `WEFT_CHROMIUM` names); each
 * view in both colour schemes and at each width. `--readme` writes the README's pictures in `docs/images` as well.
 */
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {startShop} from '@weft/shop';
import {type Browser, chromium, type Page} from 'playwright-core';
import {measuredWeft} from '../bench/running-weft.ts';
import {recompressPng} from './recompress-png.ts';

const {values: options} = parseArgs({
  options: {
    out: {type: 'string'},
    minutes: {type: 'string', default: '4'},
    widths: {type: 'string', default: '1440,1024,390'},
    only: {type: 'string'},
    readme: {type: 'boolean', default: false},
  },
});
const root = join(import.meta.dirname, '..');
const out = options.out ?? mkdtempSync(join(tmpdir(), 'weft-screenshots-'));
const widths = options.widths.split(',').map(Number);
const only = options.only?.split(',');
const schemes = ['light', 'dark'] as const;
const heights: Readonly<Record<number, number>> = {1440: 900, 1024: 768, 720: 900, 390: 844};

interface View {
  readonly name: string;
  readonly path: (known: Known) => string;
  /** There when the view is. */
  readonly ready: string;
  /** What a reader does before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

/** Traces of the shop that pictures are of. */
interface Known {
  readonly slow: string;
  readonly failed: string;
}

const rows = '[data-row] [data-main]';
const traceql = encodeURIComponent;
const span = '[role=treeitem]';
const views: readonly View[] = [
  {name: 'explore', path: () => '/?last=5m', ready: rows},
  {name: 'explore-longest', path: () => '/?last=5m&service=gateway&sort=longest', ready: rows},
  {name: 'explore-failed', path: () => '/?last=5m&where=outcome=failed&where=duration>50ms', ready: rows},
  {name: 'explore-completion', path: () => '/?last=5m', ready: rows, act: (page) => page.keyboard.press('/')},
  {name: 'explore-no-match', path: () => '/?last=5m&where=outcome=failed&where=tenant.id=nobody', ready: 'h2'},
  {name: 'explore-traceql', path: () => `/?last=5m&q=${traceql('{ status = error && duration > 20ms }')}`, ready: rows},
  {
    name: 'explore-traceql-completion',
    path: () => `/?last=5m&q=${traceql('{ status = error }')}`,
    ready: '.cm-content',
    act: async (page) => {
      await page.locator('.cm-content').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.type('{ resource.service.name = "gateway" && span.http.', {delay: 10});
      await page.locator('.cm-tooltip-autocomplete li').first().waitFor();
    },
  },
  {
    name: 'explore-traceql-faulty',
    path: () => `/?last=5m&q=${traceql('{ .a == 1 } | frob()')}`,
    ready: '.cm-lintRange-error',
  },
  {
    name: 'explore-traceql-spans',
    path: () =>
      `/?last=5m&results=spans&q=${traceql('{ kind = server } | select(span.http.route, span.http.response.status_code)')}`,
    ready: rows,
  },
  {
    name: 'explore-traceql-groups',
    path: () => `/?last=5m&results=groups&q=${traceql('{ kind = server } | by(resource.service.name)')}`,
    ready: rows,
  },
  {
    name: 'explore-traceql-series',
    path: () => `/?last=5m&q=${traceql('{ kind = server } | rate() by (resource.service.name)')}`,
    ready: rows,
  },
  {
    name: 'explore-traceql-quantile',
    path: () => `/?last=5m&q=${traceql('{ kind = server } | quantile_over_time(duration, .5, .99)')}`,
    ready: rows,
  },
  {
    name: 'explore-traceql-histogram',
    path: () => `/?last=5m&q=${traceql('{ kind = server } | histogram_over_time(duration)')}`,
    ready: rows,
  },
  {name: 'trace', path: ({slow}) => `/trace/${slow}`, ready: span},
  {name: 'trace-map', path: ({slow}) => `/trace/${slow}?tab=map`, ready: 'svg button'},
  {
    name: 'trace-span',
    path: ({failed}) => `/trace/${failed}`,
    ready: span,
    act: async (page) => {
      await page.keyboard.press('b');
      await page.waitForSelector('aside, [role=complementary]');
    },
  },
  {name: 'trace-flame', path: ({slow}) => `/trace/${slow}?tab=flame`, ready: 'canvas'},
  {name: 'trace-table', path: ({slow}) => `/trace/${slow}?tab=table`, ready: 'tbody tr'},
  {name: 'services', path: () => '/services?last=5m', ready: 'tbody tr'},
  {name: 'pipeline', path: () => '/pipeline', ready: '[data-node]'},
  {name: 'pipeline-component', path: () => '/pipeline?component=receiver/otlp', ready: 'aside pre'},
  {name: 'sampling', path: () => '/sampling', ready: 'tbody tr'},
  {name: 'status', path: () => '/status', ready: 'dl'},
  {name: 'palette', path: () => '/?last=5m', ready: rows, act: (page) => page.keyboard.press('Control+k')},
  {name: 'help', path: () => '/?last=5m', ready: rows, act: (page) => page.keyboard.press('?')},
];
/** The best two, as the README shows them. */
const readme: readonly (readonly [view: string, scheme: (typeof schemes)[number], file: string])[] = [
  ['explore-longest', 'light', 'explore.png'],
  ['trace', 'dark', 'trace.png'],
];

mkdirSync(out, {recursive: true});
const weft = await measuredWeft();
const browser = await chromium.launch({
  executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});
try {
  await take({name: 'welcome', path: () => '/', ready: 'pre'}, {slow: '', failed: ''});
  const known = await withShop();
  for (const view of views) await take(view, known);
} finally {
  await browser.close();
  await weft.stop();
}
console.log(out);

/** The shop in a rush for some minutes, with the faults that it has by itself, and the traces worth a picture. */
async function withShop(): Promise<Known> {
  const shop = await startShop({
    otlpEndpoint: `http://${weft.endpoints.otlp_http}`,
    weftUrl: `http://${weft.endpoints.http}`,
    settingsUrl: `http://${weft.endpoints.http}`,
    samplingUrl: `http://${weft.endpoints.sampling_http}/sampling`,
    storefrontPort: 0,
    load: 'rush',
  });
  await shop.faults.set('slow-checkout', 'on');
  await delay(Number(options.minutes) * 60_000);
  await shop.stop();
  await weft.flush();
  const [slow] = await find('order=longest&service=gateway');
  const [failed] = await find('order=spans&service=gateway&outcome=failed');
  return {slow: slow ?? '', failed: failed ?? slow ?? ''};
}

async function find(query: string): Promise<string[]> {
  const answer = await fetch(`http://${weft.endpoints.http}/api/weft/v1/traces?${query}&limit=1`);
  if (!answer.ok) throw new Error(`search for ${query}: ${answer.status} ${await answer.text()}`);
  const {traces} = (await answer.json()) as {traces: {traceId: string}[]};
  return traces.map((trace) => trace.traceId);
}

async function take(view: View, known: Known): Promise<void> {
  if (only !== undefined && !only.includes(view.name)) return;
  for (const colorScheme of schemes) {
    for (const width of widths) {
      const page = await openPage(browser, width, colorScheme);
      await page.goto(view.path(known));
      await page.waitForSelector(view.ready);
      await view.act?.(page);
      await settled(page);
      const picture = recompressPng(await page.screenshot({animations: 'disabled'}));
      writeFileSync(join(out, `${view.name}-${width}-${colorScheme}.png`), picture);
      if (options.readme && width === widths[0]) keepForReadme(view.name, colorScheme, picture);
      await page.context().close();
    }
  }
}

function keepForReadme(name: string, scheme: string, picture: Uint8Array): void {
  const file = readme.find(([view, wanted]) => view === name && wanted === scheme)?.[2];
  if (file === undefined) return;
  mkdirSync(join(root, 'docs/images'), {recursive: true});
  writeFileSync(join(root, 'docs/images', file), picture);
  console.log(`docs/images/${file}: ${Math.round(picture.length / 1000)} kB`);
}

async function openPage(from: Browser, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const context = await from.newContext({
    baseURL: `http://${weft.endpoints.http}`,
    locale: 'en-GB',
    viewport: {width, height: heights[width] ?? 900},
    colorScheme,
    reducedMotion: 'reduce',
  });
  return context.newPage();
}

/** No request under way, and nothing moved for half a second. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  let before = '';
  for (let same = 0; same < 2; ) {
    await delay(250);
    const now = await page.evaluate<string>('document.body.innerText');
    same = now.replace(/\d+s ago/g, '') === before ? same + 1 : 0;
    before = now.replace(/\d+s ago/g, '');
  }
}
