/**
 * How fast the page answers: `npm run bench:page [-- --spans 100000 --traces 3000 --rounds 7 --stored 10000000]`. A real Weft, a real Chromium
 * (`/usr/bin/chromium`, or the one that `WEFT_CHROMIUM` names); one trace of `--spans` spans, and `--traces` small ones for the search.
 *
 * An interaction is timed by the browser's own Event Timing: from the input to the frame that shows its effect, in steps of 8 ms.
 * Beside it stands the processor time of the page's main thread for all of the interaction, which a busy machine does not distort.
 * Frames are timed while scrolling. First loads are of an empty browser cache, sizes as sent to another machine (Brotli over TLS, gzip without).
 */
import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, statSync} from 'node:fs';
import {cpus, loadavg} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {type Browser, chromium, type Page} from 'playwright-core';
import {measuredWeft, sendSpans} from './running-weft.ts';

const {values: options} = parseArgs({
  options: {
    spans: {type: 'string', default: '100000'},
    traces: {type: 'string', default: '3000'},
    rounds: {type: 'string', default: '7'},
    /** Spans that the search looks through, an hour of them; 0 leaves that part out. */
    stored: {type: 'string', default: '10000000'},
  },
});
const [spans, traces, rounds] = [Number(options.spans), Number(options.traces), Number(options.rounds)];
const stored = Number(options.stored);
/** As much may search and trace fetch before they show something. */
const firstLoadLimit = 250_000;
const root = join(import.meta.dirname, '..');

const built = spawnSync('npm', ['run', '--silent', 'build', '--workspace', 'ui'], {cwd: root, encoding: 'utf8'});
if (built.status !== 0) throw new Error(`the page does not build: ${built.stderr}`);
const weft = await measuredWeft();
const browser = await chromium.launch({
  executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});
try {
  const traceId = await fill();
  const full = await fillFullSpan();
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, Chromium ${browser.version()}, load average ${loadavg()[0]?.toFixed(1)}`,
  );
  await firstLoads(browser, traceId);
  await search(browser);
  await largeTrace(browser, traceId);
  await fullSpan(browser, full);
  if (stored > 0) await searchStored(browser);
} finally {
  await browser.close();
  await weft.stop();
}

/** The large trace, twelve children a span; and small ones over the last half hour, every tenth with an error. */
async function fill(): Promise<string> {
  const traceId = randomBytes(16).toString('hex');
  const began = BigInt(Date.now() - 60_000) * 1_000_000n;
  const ids = Array.from({length: spans}, () => randomBytes(8).toString('hex'));
  const span = (i: number): object => ({
    traceId,
    spanId: ids[i],
    parentSpanId: i === 0 ? '' : ids[Math.floor((i - 1) / 12)],
    name: `step ${i % 50}`,
    kind: 1 + (i % 5),
    startTimeUnixNano: String(began + BigInt(i) * 100_000n),
    endTimeUnixNano: String(began + BigInt(2 * spans - i) * 100_000n),
    attributes: [{key: 'step', value: {intValue: i}}],
    ...(i % 997 === 996 ? {status: {code: 2, message: 'failed'}} : {}),
  });
  for (let from = 0; from < spans; from += 5_000) {
    const indices = Array.from({length: Math.min(5_000, spans - from)}, (_, index) => from + index);
    await post(
      Map.groupBy(indices, (i) => `service-${i % 9}`),
      span,
    );
  }
  const small = (i: number): object => {
    const start = BigInt(Date.now() - Math.floor((i / traces) * 1_800_000)) * 1_000_000n;
    return {
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      name: `GET /route/${i % 20}`,
      kind: 2,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(1_000_000 * (1 + ((i * 7919) % 800)))),
      ...(i % 10 === 0 ? {status: {code: 2}} : {}),
    };
  };
  await post(
    Map.groupBy(
      Array.from({length: traces}, (_, i) => i),
      (i) => `web-${i % 4}`,
    ),
    small,
  );
  await weft.flush();
  return traceId;
}

/** A span at the limits of the SDK: 128 attributes, and 128 events of 128 attributes; and one of 2,000 events. */
async function fillFullSpan(): Promise<{readonly traceId: string; readonly spans: readonly string[]}> {
  const traceId = randomBytes(16).toString('hex');
  const ids = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  const began = BigInt(Date.now() - 120_000) * 1_000_000n;
  const attributes = Array.from({length: 128}, (_, i) => ({
    key: `group${i % 9}.key_${i}`,
    value: {stringValue: `value ${i}`},
  }));
  const event = (i: number, full: boolean): object => ({
    name: `event ${i}`,
    timeUnixNano: String(began + BigInt(i) * 1_000_000n),
    attributes: full ? attributes : attributes.slice(0, 3),
  });
  const span = (i: number): object => ({
    traceId,
    spanId: ids[i],
    parentSpanId: i === 0 ? '' : ids[0],
    name: ['root', 'full', 'eventful'][i],
    kind: 1,
    startTimeUnixNano: String(began),
    endTimeUnixNano: String(began + 3_000_000_000n),
    attributes: i === 1 ? attributes : [],
    events: Array.from({length: [0, 128, 2_000][i] ?? 0}, (_, at) => event(at, i === 1)),
  });
  await post(new Map([['full', [0, 1, 2]]]), span);
  await weft.flush();
  return {traceId, spans: ids};
}

async function post(byService: Map<string, number[]>, span: (i: number) => object): Promise<void> {
  const resourceSpans = [...byService].map(([service, indices]) => ({
    resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
    scopeSpans: [{spans: indices.map(span)}],
  }));
  const answer = await fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceSpans}),
  });
  if (!answer.ok) throw new Error(`sending: ${answer.status} ${await answer.text()}`);
}

/** Every view from an empty cache: what it fetches, and when its content is there. */
async function firstLoads(browser: Browser, traceId: string): Promise<void> {
  console.log('\nfirst load              files   Brotli     gzip   content after');
  for (const [name, path, content] of [
    ['search', '/', '[aria-label="Traces found"] a'],
    ['trace', `/trace/${traceId}`, '[role=treeitem]'],
    ['services', '/services', '[data-row]'],
    ['sampling', '/sampling', '[data-row]'],
    ['status', '/status', 'dl'],
  ] as const) {
    const times: number[] = [];
    let files: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const page = await openPage(browser);
      files = [];
      page.on('request', (request) => {
        if (/\/assets\/|before-paint/.test(request.url())) files.push(new URL(request.url()).pathname);
      });
      const began = performance.now();
      await page.goto(path);
      await page.waitForSelector(content);
      times.push(performance.now() - began);
      await page.context().close();
    }
    const [brotli, gzip] = [sent(files, 'br'), sent(files, 'gz')];
    console.log(
      `${name.padEnd(22)} ${String(files.length).padStart(6)} ${kilobytes(brotli)} ${kilobytes(gzip)}   ${summary(times)}${gzip > firstLoadLimit ? `   over ${firstLoadLimit / 1000} kB` : ''}`,
    );
  }
}

/** An hour of realistic spans: how soon the search page shows its rows and its plot, and the longest of all. */
async function searchStored(browser: Browser): Promise<void> {
  const sent = await sendSpans(
    ['--protocol', 'http', '--address', weft.endpoints.otlp_http ?? '', '--spans', String(stored)].concat([
      '--hours',
      '1',
      '--window',
      '8',
    ]),
  );
  await weft.flush();
  console.log(`\nsearch over ${sent.spans.toLocaleString('en')} spans of the last hour`);
  const times = {rows: [] as number[], heatmap: [] as number[], longest: [] as number[], service: [] as number[]};
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser);
    const answered = (part: RegExp): Promise<number> =>
      page.waitForResponse((response) => part.test(response.url())).then(() => performance.now());
    let began = performance.now();
    const heatmap = answered(/traces\/heatmap/);
    await page.goto('/');
    await page.waitForSelector('[aria-label="Traces found"] a');
    times.rows.push(performance.now() - began);
    times.heatmap.push((await heatmap) - began);
    for (const [name, act] of [
      ['longest', () => page.getByText('Longest', {exact: true}).click()],
      ['service', () => page.goto('/?service=payment&sort=longest')],
    ] as const) {
      const list = answered(/traces\?.*order=longest/);
      began = performance.now();
      await act();
      times[name].push((await list) - began);
    }
    await page.context().close();
  }
  report('open: rows', times.rows);
  report('open: heatmap answered', times.heatmap);
  report('order by longest', times.longest);
  report('open, longest of a service', times.service);
}

/** Bytes of the files as they go over a network: those that the build compressed, and small ones as they are. */
function sent(files: readonly string[], encoding: 'br' | 'gz'): number {
  return files.reduce((sum, file) => {
    const path = join(root, 'ui/dist', file);
    return sum + statSync(existsSync(`${path}.${encoding}`) ? `${path}.${encoding}` : path).size;
  }, 0);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0).padStart(5)} kB`;
}

async function search(browser: Browser): Promise<void> {
  console.log(`\nsearch, 1,500 of ${traces} traces`);
  const page = await openPage(browser);
  await page.goto('/?limit=1500');
  await page.waitForSelector('[aria-label="Traces found"] a');
  await delay(1_000);
  const sorts = ['Longest', 'Newest', 'Most errors', 'Newest', 'Most spans', 'Newest', 'Longest'];
  let turn = 0;
  await timed(page, 'sort', () => page.getByText(sorts[turn++ % sorts.length]!, {exact: true}).click());
  await timed(page, 'focus the attribute field', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
  });
  await timed(page, 'write a letter of a duration', () => page.getByLabel('Duration: min').press('1'));
  await scrolled(page, '[aria-label="Traces found"]');
  await page.context().close();
}

async function largeTrace(browser: Browser, traceId: string): Promise<void> {
  console.log(`\ntrace of ${spans} spans`);
  const opened: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser);
    const began = performance.now();
    await page.goto(`/trace/${traceId}`);
    await page.waitForSelector('[role=treeitem]', {timeout: 120_000});
    opened.push(performance.now() - began);
    await page.context().close();
  }
  report('open it', opened);
  const page = await openPage(browser);
  await page.goto(`/trace/${traceId}`);
  await page.waitForSelector('[role=treeitem]', {timeout: 120_000});
  await delay(1_500);
  await scrolled(page, '[role=tree]');
  for (const [name, keys] of [
    ['next span (↓)', ['ArrowDown']],
    ['details (Enter, Esc)', ['Enter', 'Escape']],
    ['next error (e)', ['e']],
    ['zoom (+, 0)', ['+', '0']],
    ['fold all ([), unfold all (])', ['[', ']']],
    ['select the critical path (p, Esc)', ['p', 'Escape']],
    ['only the errors (e, o, Esc)', ['e', 'o', 'Escape']],
  ] as const) {
    await timed(page, name, async () => {
      for (const key of keys) {
        await page.keyboard.press(key);
        await delay(60);
      }
    });
  }
  const field = page.getByLabel('Find in the trace');
  await timed(page, 'find: each letter of “step 7”', async () => {
    await field.fill('');
    await delay(200);
    await field.pressSequentially('step 7', {delay: 30});
  });
  // Among the attributes: until what Weft found is marked.
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await field.fill('');
    await delay(300);
    const began = performance.now();
    await field.fill(`step=${4_000 + round}`);
    await page.getByText('Found: 1 span', {exact: true}).waitFor();
    found.push(performance.now() - began);
  }
  report('find an attribute (typing waits 180 ms)', found);
  await field.fill('');
  const tabs = ['Flame graph', 'Timeline', 'Statistics', 'Timeline'];
  for (const tab of tabs.slice(0, 3)) {
    await timed(page, `to ${tab}`, async () => {
      await page.getByRole('button', {name: tab}).click();
      await delay(300);
      if (tab !== 'Timeline') await page.getByRole('button', {name: 'Timeline'}).click();
      else await page.getByRole('button', {name: 'Statistics'}).click();
    });
  }
  await page.context().close();
}

async function fullSpan(
  browser: Browser,
  {traceId, spans: [root]}: {readonly traceId: string; readonly spans: readonly string[]},
): Promise<void> {
  console.log('\nspans at the limits of the SDK');
  const page = await openPage(browser);
  await page.goto(`/trace/${traceId}?span=${root}`);
  const row = (name: string) => page.getByRole('treeitem', {name: new RegExp(`full ${name} `)});
  await row('root').waitFor();
  for (const [name, title] of [
    ['full', 'details: 128 attributes, 128 events'],
    ['eventful', 'details: 2,000 events'],
  ] as const) {
    await timed(page, title, async () => {
      await row('root').click();
      await delay(300);
      await row(name).click();
      await delay(300);
    });
  }
  console.log(
    `  nodes of the page                ${await page.evaluate<number>('document.querySelectorAll("*").length')}`,
  );
  await page.context().close();
}

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    baseURL: `http://${weft.endpoints.http}`,
    locale: 'en-GB',
    viewport: {width: 1440, height: 900},
  });
  const page = await context.newPage();
  await page.addInitScript(`
    globalThis.eventTimes = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) eventTimes.push(entry.duration);
    }).observe({type: 'event', durationThreshold: 16, buffered: true});
  `);
  return page;
}

/** The slowest event of each round. The browser reports no event under 16 ms; one such counts as 16. */
async function timed(page: Page, name: string, act: () => Promise<unknown>): Promise<void> {
  const worst: number[] = [];
  const busy: number[] = [];
  const used = await mainThread(page);
  for (let round = 0; round < rounds; round++) {
    await page.evaluate('eventTimes.length = 0');
    const before = await used();
    await act();
    await delay(250);
    busy.push((await used()) - before);
    worst.push(Math.max(16, ...(await page.evaluate<number[]>('eventTimes'))));
  }
  report(name, worst, busy);
}

/** Milliseconds of processor time that the page's main thread has used so far. */
async function mainThread(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.setTimeDomain', {timeDomain: 'threadTicks'});
  await session.send('Performance.enable');
  return async () => {
    const {metrics} = await session.send('Performance.getMetrics');
    return (metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0) * 1000;
  };
}

/** Frames while the list is moved by 300 px a frame, and by far jumps. */
async function scrolled(page: Page, selector: string): Promise<void> {
  for (const [name, far] of [
    ['scroll: a frame of 300 px', false],
    ['scroll: a frame of a far jump', true],
  ] as const) {
    const used = await mainThread(page);
    const before = await used();
    const frames = await page.evaluate<number[]>(`(async () => {
      const list = document.querySelector('${selector}');
      let box = list;
      while (box.scrollHeight <= box.clientHeight + 1 || !/auto|scroll/.test(getComputedStyle(box).overflowY)) box = box.parentElement;
      const times = [];
      await new Promise(requestAnimationFrame);
      let last = performance.now();
      for (let i = 0; i < 150; i++) {
        box.scrollTop = ${far} ? (i * 1_037_389) % (box.scrollHeight - box.clientHeight) : box.scrollTop + 300;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      box.scrollTop = 0;
      return times;
    })()`);
    report(name, frames, [((await used()) - before) / frames.length]);
  }
}

function report(name: string, times: readonly number[], busy: readonly number[] = []): void {
  const middle = busy.toSorted((a, b) => a - b)[Math.floor(busy.length / 2)];
  const processor = middle === undefined ? '' : `   processor ${middle.toFixed(middle < 10 ? 1 : 0)} ms`;
  console.log(`  ${name.padEnd(32)} ${summary(times)}${processor}`);
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)} ms`;
  return `P50 ${at(0.5).padStart(7)}   P95 ${at(0.95).padStart(7)}   max ${at(1).padStart(7)}`;
}
