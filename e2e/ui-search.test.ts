/** The search page, used as a person would, against the real Weft. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {promisify} from 'node:util';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {
  choose,
  eventually,
  openBrowser,
  openPage,
  quickBrowse,
  type SentTrace,
  slowCheckout,
  traceOf,
} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const field = (page: Page) => page.getByRole('combobox', {name: 'Query'});
const rows = (page: Page) => page.getByRole('table', {name: 'Traces found'}).locator('[data-row]');
/** The change that is offered where nothing fits; a condition's own button in the query field has the same name, and no text. */
const offered = (page: Page, name: string) => page.getByRole('button', {name}).filter({hasText: name});
const where = (page: Page): string[] => new URL(page.url()).searchParams.getAll('where');
const count = (page: Page, text: string) => page.getByText(text, {exact: true}).waitFor();
const focused = (page: Page) => () => page.evaluate<string>('document.activeElement.textContent');

/** A checkout that failed: its first span has the error. */
const failedCheckout = (ago: number): SentTrace =>
  traceOf(ago, [
    {id: 'root', service: 'gateway', name: 'POST /checkout', kind: 2, start: 0, end: 90, error: 'no stock'},
    {
      id: 'stock',
      parent: 'root',
      service: 'inventory',
      name: 'UPDATE stock',
      kind: 3,
      start: 4,
      end: 60,
      error: 'none',
    },
  ]);

/** As much of a request under way as has arrived: its first span is still open. */
const running = (): SentTrace =>
  traceOf(2_500, [
    {
      id: 'auth',
      parent: 'root',
      service: 'gateway',
      name: 'authenticate',
      start: 10,
      end: 1_540,
      error: 'token expired, renewed',
      attributes: {tenant: 'initech'},
    },
    {id: 'check', parent: 'auth', service: 'inventory', name: 'check stock', start: 20, end: 1_500},
  ]);

test('search page: before the first span it has addresses and commands that work, and opens up by itself', async () => {
  const page = await openPage(browser, weft.http, {reducedMotion: 'reduce'});
  await page.goto('/');
  await page.getByRole('heading', {name: 'Waiting for the first span'}).waitFor();
  const addresses = await page.getByRole('main').getByRole('listitem').locator('code').allInnerTexts();
  const {endpoints} = weft;
  expect(addresses).toEqual([
    `http://${endpoints.otlp_http}`,
    `http://${endpoints.otlp_grpc}`,
    endpoints.jaeger_grpc,
    `http://${endpoints.jaeger_thrift_http}/api/traces`,
    `udp://${endpoints.jaeger_thrift_compact}`,
    `udp://${endpoints.jaeger_thrift_binary}`,
    `udp://${endpoints.jaeger_zipkin_compact}`,
    `http://${endpoints.zipkin_http}/api/v2/spans`,
  ]);
  await page.getByRole('button', {name: 'Copy the address of OTLP over HTTP'}).click();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`http://${weft.endpoints.otlp_http}`);
  for (const name of ['Node.js', 'Python', 'Go', 'Java', '.NET', 'Rust', 'Collector', 'curl']) {
    await choose(page.getByRole('radio', {name, exact: true}));
    await page
      .locator('pre', {hasText: `http://${weft.endpoints.otlp_http}`})
      .first()
      .waitFor();
  }
  await page.getByText(`shop/src/main.ts --otlp http://${weft.endpoints.otlp_http} --weft ${weft.http}`).waitFor();
  // The dot that waits does not blink for who wants no motion.
  const repeating = 'document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length';
  expect(await page.evaluate(repeating)).toBe(0);
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const [width, scheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({width, height: 900});
    await page.emulateMedia({colorScheme: scheme, reducedMotion: 'reduce'});
    await eventually(() => page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe(scheme);
    await page.evaluate(axe);
    const faults = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}).then((r) => r.violations.map((v) => v.id))`;
    expect(await page.evaluate(faults)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  }
  const command = await page.locator('pre').first().innerText();
  await promisify(execFile)('bash', ['-c', command]);
  await page.getByRole('link', {name: /my-service hello/}).waitFor();
});

test('search page: conditions narrow the search, stand in the address, and say which of them is in the way', async () => {
  const slow = slowCheckout(60_000);
  await weft.send(slow.body, ...Array.from({length: 5}, (_, i) => quickBrowse(20_000 + i * 5_000).body));
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await count(page, '7 traces');

  await field(page).fill('service=gateway');
  await page.keyboard.press('Enter');
  await count(page, '6 traces');
  await eventually(() => new URL(page.url()).searchParams.get('service')).toBe('gateway');

  await field(page).fill('ten');
  await page.getByRole('option', {name: /^tenant/}).click();
  await page.getByRole('option', {name: /^= is/}).click();
  await page.getByRole('option', {name: /^acme/}).click();
  await count(page, '1 trace');
  await eventually(() => where(page)).toEqual(['tenant=acme']);

  await page.keyboard.press('Escape');
  await page.getByLabel('Duration: max').fill('50ms');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'No traces match'}).waitFor();
  await offered(page, 'Remove tenant = acme').waitFor();
  await offered(page, 'Remove duration <= 50ms').click();
  await count(page, '1 trace');

  await page.goBack();
  await page.getByRole('heading', {name: 'No traces match'}).waitFor();
  await page.getByRole('button', {name: 'Clear all'}).click();
  await count(page, '7 traces');

  await choose(page.getByRole('radio', {name: 'Healed', exact: true}));
  await count(page, '1 trace');
  await eventually(() => where(page)).toEqual(['outcome=healed']);
  await page.getByRole('link', {name: /gateway POST \/checkout/}).click();
  await page.waitForURL(`**/trace/${slow.traceId}*`);
});

test('search page: the trace’s own duration is meant, unless a span’s is asked for', async () => {
  const page = await openPage(browser, weft.http);
  // The checkout of eight seconds has spans of a few milliseconds.
  await page.goto('/?service=gateway');
  await count(page, '6 traces');
  await page.getByLabel('Duration: max').fill('1s');
  await page.keyboard.press('Enter');
  await count(page, '5 traces');
  await eventually(() => where(page)).toEqual(['duration<=1s']);
  await page.getByRole('combobox', {name: 'Duration of'}).selectOption('A span');
  await eventually(() => where(page)).toEqual(['span.duration<=1s']);
  // An address from before asked for a span's.
  await page.goto('/?max=15ms&min=1ms&service=inventory');
  await eventually(() => where(page)).toEqual(['span.duration>=1ms', 'span.duration<=15ms']);
  await count(page, '6 traces');
});

test('search page: conditions are understood as everybody types them', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=15m');
  for (const [typed, terms, found] of [
    ['error=true', ['status=error'], '1 trace'],
    ['status: error', ['status=error'], '1 trace'],
    ['duration > 1s', ['duration>1s'], '1 trace'],
    ['http.response.status_code>=500', ['http.response.status_code>=500'], '1 trace'],
    ['tenant != globex', ['tenant!=globex'], '1 trace'],
    ['name="GET /products"', ['operation=GET /products'], '5 traces'],
    ['kind=client and duration < 1s', ['kind=client', 'duration<1s'], '5 traces'],
  ] as const) {
    await count(page, '7 traces');
    await field(page).fill(typed);
    await page.keyboard.press('Enter');
    await count(page, found);
    await eventually(() => where(page), typed).toEqual(terms);
    await page.getByRole('button', {name: 'Clear all'}).click();
  }
});

test('search page: what is not understood is refused with the words that work, and searches for nothing', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=15m');
  await count(page, '7 traces');
  for (const [typed, answer] of [
    ['a=1 or b=2', 'For OR choose TraceQL above'],
    ['name=~"GET.*"', 'For a pattern choose TraceQL above'],
    ['checkout', 'operation=checkout or service=checkout for a name.'],
    ['tenant="acme', 'The closing quote is missing'],
    ['trace_id=zz', '“zz” is no trace id'],
    ['duration >', 'A value is missing: duration>….'],
    ['status=500', 'For HTTP write http.response.status_code=500.'],
    ['duration=1s', 'duration can be compared with > >= < <= only.'],
  ] as const) {
    await field(page).fill(typed);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(answer).waitFor();
    expect(where(page)).toEqual([]);
    await eventually(() => field(page).inputValue()).toBe(typed);
  }
  await count(page, '7 traces');
});

test('search page: words for what is shown are understood among the conditions, or refused with those that work', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=3h');
  await count(page, '7 traces');
  await field(page).fill('max=1s limit=3 sort=longest last=15m');
  await page.keyboard.press('Enter');
  await page.getByText('showing the 3 longest').waitFor();
  await eventually(() => new URL(page.url()).search).toBe('?last=15m&where=duration%3C=1s&limit=3&sort=longest');
  for (const [typed, answer] of [
    ['limit=99999999', 'Write limit=1 … limit=1500. For an attribute called limit write .limit=….'],
    ['last=99y', 'Write last=15m last=2h last=30d'],
    ['start=yesterday', 'The time is chosen above the query'],
    [`tenant=${'x'.repeat(7_000)}`, 'The question is too long for an address.'],
  ] as const) {
    await field(page).fill(typed);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(answer).waitFor();
  }
  await field(page).fill('.limit=3');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'No traces match'}).waitFor();
  await eventually(() => where(page)).toEqual(['duration<=1s', '.limit=3']);
});

test('search page: parts of the address that are not understood are said with what is shown instead, until they are taken out', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=99y&sort=zzz&where=%25%25%25&where=tenant=acme&limit=99999999&from=now-1h');
  const note = page.getByRole('status').filter({hasText: 'Not understood in the address:'});
  await count(page, '1 trace');
  for (const part of ['last=99y (Last hour)', 'where=%%% (left out of the question)', 'and 1 more'])
    await note.getByText(part).waitFor();
  // Said in another way, it is mended.
  await choose(page.getByRole('radio', {name: 'Longest'}));
  await eventually(() => note.innerText()).not.toContain('sort=zzz');
  await page.reload();
  await note.getByText('from=now-1h (left out)').waitFor();
  await note.getByRole('button', {name: 'Take out of the address'}).click();
  await note.waitFor({state: 'detached'});
  await eventually(() => new URL(page.url()).search).toBe('?where=tenant=acme&sort=longest');
  for (const [path, part] of [
    ['/services?sort=zzz', 'sort=zzz (the usual order)'],
    ['/sampling?up=perhaps', 'up=perhaps (left out)'],
    ['/status?from=0', 'from=0 (left out)'],
    ['/?results=foo', 'results=foo (traces)'],
    ['/?results=spans&sort=spans', 'sort=spans (newest first; for spans sort=newest and sort=longest work)'],
    ['/?results=spans&by=duration', 'by=duration (not grouped; service, operation, kind, status,'],
    ['/?by=service', 'by=service (only spans are grouped)'],
    [`/?where=${'x'.repeat(60_000)}`, `where=${'x'.repeat(60)}… (left out of the question)`],
    ['/?where=tenant=acme+and+duration>1s&x=1', 'x=1 (left out)'],
  ] as const) {
    await page.goto(path);
    await note.getByText(part).waitFor();
  }
  await eventually(() => where(page)).toEqual(['tenant=acme', 'duration>1s']);
  await count(page, '1 trace');
});

test('search page: a word by itself offers the operations that are called so', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=15m');
  await count(page, '7 traces');
  await field(page).fill('check');
  await page.getByRole('option', {name: /^operation = POST \/checkout/}).click();
  await count(page, '1 trace');
  await eventually(() => where(page)).toEqual(['operation=POST /checkout']);
});

test('search page: a condition can be edited and taken away by its pill', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?where=tenant=acme&where=duration>1s');
  await count(page, '1 trace');
  await page.getByRole('button', {name: 'tenant = acme', exact: true}).click();
  await eventually(() => field(page).inputValue()).toBe('tenant=acme');
  await field(page).fill('tenant=globex');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'No traces match'}).waitFor();
  await offered(page, 'Remove duration > 1s').click();
  await count(page, '5 traces');
});

test('search page: a duration in a link that is none is not asked for, and the page says how to write one', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?min=soon');
  await page.getByText('Write the duration as in span.duration > 200ms or span.duration > 1.5s.').waitFor();
  await page.getByLabel('Duration: min').fill('');
  await page.keyboard.press('Enter');
  await count(page, '7 traces');
});

test('search page: by keys alone, conditions, down the list, into the slowest trace and back to its row', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await count(page, '7 traces');
  await page.keyboard.press('d');
  await page.keyboard.type('5s');
  await page.keyboard.press('Enter');
  await count(page, '1 trace');
  await page.keyboard.press('ArrowDown');
  await eventually(focused(page)).toContain('POST /checkout');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/trace/*');
  await page.goBack();
  await eventually(focused(page)).toContain('POST /checkout');

  await page.keyboard.press('d');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Enter');
  await count(page, '7 traces');
  await page.keyboard.press('Escape');
  // The row that had the focus is still the one.
  await page.keyboard.press('ArrowDown');
  await eventually(focused(page)).toContain('POST /checkout');
  await page.keyboard.press('ArrowUp');
  await eventually(focused(page)).toContain('GET /products');
  await page.keyboard.press('Home');
  await eventually(focused(page)).toContain('hello');
});

test('search page: the longest first, of all that are stored and not of the newest', async () => {
  const page = await openPage(browser, weft.http);
  // The checkout is the oldest: it is not among the newest five.
  await page.goto('/?sort=longest&limit=5');
  await count(page, '7 traces');
  await page.getByText('showing the 5 longest').waitFor();
  await eventually(() => rows(page).first().innerText()).toContain('POST /checkout');
  await page.getByRole('columnheader', {name: 'Spans'}).getByRole('button').click();
  await eventually(() => new URL(page.url()).searchParams.get('sort')).toBe('spans');
  await page.getByText('showing the 5 with the most spans').waitFor();
});

test('search page: a failed request, an error that healed and a trace still arriving are told apart', async () => {
  const failed = failedCheckout(9_000);
  await weft.send(failed.body, running().body);
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await count(page, '9 traces');
  for (const words of ['1 failed', '1 healed', '1 still arriving']) await count(page, words);
  const row = (text: string) => rows(page).filter({hasText: text});
  // Named by the highest that is known of it, and neither failed nor amber.
  await row('authenticate').getByText('still arriving').first().waitFor();
  await eventually(() => row('authenticate').getAttribute('data-tone')).toBe('quiet');
  const tone = async (id: string): Promise<string | null> =>
    page.locator(`[data-row="${id}"]`).getAttribute('data-tone');
  expect(await tone(failed.traceId)).toBe('bad');

  await page.keyboard.press('e');
  await count(page, '1 trace');
  await eventually(() => where(page)).toEqual(['outcome=failed']);
  await page.keyboard.press('e');
  await count(page, '9 traces');
  await choose(page.getByRole('radio', {name: 'Longest'}));
  await eventually(() => rows(page).first().innerText()).toContain('POST /checkout');
  expect(await row('authenticate').count()).toBe(0);
});

test('search page: dragging over the plot narrows time and duration, and so do keys', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=5m&service=gateway&where=duration>5s');
  await count(page, '1 trace');
  await page.goto('/?last=5m&service=gateway');
  await page.getByText(/^\d traces$/).waitFor();
  const plot = (await page.locator('.u-over').boundingBox())!;
  // The uppermost part: only the checkout took more than a second.
  await page.mouse.move(plot.x + 2, plot.y + 2);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width - 2, plot.y + plot.height * 0.2, {steps: 8});
  await page.mouse.up();
  await count(page, '1 trace');
  const url = () => new URL(page.url()).searchParams;
  await eventually(() => [url().has('start'), url().has('end')]).toEqual([true, true]);
  await eventually(() => where(page).map((one) => one.replace(/[\d.]+m?s/, ''))).toEqual(['duration>=', 'duration<=']);

  await page.goto('/?last=15m&service=gateway');
  await page.getByText(/^\d traces$/).waitFor();
  const chart = page.getByRole('application', {name: /Traces by start time and duration/});
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText(/Enter narrows the search/).waitFor();
  await page.keyboard.press('Escape');
  await page
    .getByText(/Enter narrows the search/)
    .waitFor({state: 'detached'})
    .catch(() => undefined);
  for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await eventually(() => where(page).map((one) => one.replace(/[\d.]+m?s/, ''))).toEqual(['duration>=', 'duration<=']);
  await eventually(() => new URL(page.url()).searchParams.has('start')).toBe(true);
});

test('search page: the plot shows the whole range as asked for, and all that are stored in it', async () => {
  const page = await openPage(browser, weft.http);
  const asked = page.waitForRequest(/\/traces\/heatmap/);
  await page.goto('/?last=1h&limit=20');
  const query = new URL((await asked).url()).searchParams;
  const minutes = (BigInt(query.get('end')!) - BigInt(query.get('start')!)) / 60_000_000_000n;
  expect(minutes).toBe(60n);
});

test('search page: a point of the plot says which trace it is and opens it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=5m&where=outcome=healed');
  await count(page, '1 trace');
  const plot = page.locator('.u-over');
  const box = (await plot.boundingBox())!;
  const pointed = async (x: number, y: number): Promise<boolean> => {
    await page.mouse.move(box.x + x, box.y + y);
    return (await plot.evaluate((element) => element.style.cursor)) === 'pointer';
  };
  const place = async (): Promise<[number, number]> => {
    for (let x = 0; x < box.width; x += 8) {
      for (const share of [0.3, 0.4, 0.5, 0.6, 0.7])
        if (await pointed(x, box.height * share)) return [x, box.height * share];
    }
    throw new Error('no point found');
  };
  const [x, y] = await place();
  await page.locator('figure').getByText('4 errors').waitFor();
  await page.mouse.click(box.x + x, box.y + y);
  await page.waitForURL('**/trace/*');
});

test('search page: a pasted trace id opens the trace', async () => {
  const slow = slowCheckout(120_000);
  await weft.send(slow.body);
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page
    .getByText(/\d traces/)
    .first()
    .waitFor();
  await page.evaluate(`navigator.clipboard.writeText(' ${slow.traceId.toUpperCase()}\\n')`);
  await page.keyboard.press('Control+v');
  await page.waitForURL(`**/trace/${slow.traceId}*`);
});

test('search page: live, new traces come in by themselves, and wait while a reader is in the list', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?live=true&where=operation=GET+/live&service=gateway');
  await page.getByRole('heading', {name: 'No traces match'}).waitFor();
  await weft.send(quickBrowse(100, 'GET /live').body);
  await count(page, '1 trace');
  await rows(page).first().hover();
  await weft.send(quickBrowse(100, 'GET /live').body);
  await page.getByRole('button', {name: '1 new trace'}).click();
  await count(page, '2 traces');
});

test('search page: Back brings the same answer, place and row, asks nothing, and marks what was seen', async () => {
  await weft.send(...Array.from({length: 60}, (_, i) => quickBrowse(30_000 + i * 100, 'GET /many').body));
  const page = await openPage(browser, weft.http);
  await page.goto('/?where=operation=GET+/many');
  await count(page, '60 traces');
  const list = page.getByRole('table', {name: 'Traces found'}).locator('..');
  await list.evaluate((element) => element.scrollTo({top: 900}));
  const row = page.locator('[data-index="36"]');
  const id = await row.getAttribute('data-row');
  await row.getByRole('link').click();
  await page.waitForURL(`**/trace/${id}*`);
  await weft.send(quickBrowse(100, 'GET /many').body);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/\/v1\/traces\?/.test(request.url())) asked.push(request.url());
  });
  await page.goBack();
  await count(page, '60 traces');
  await eventually(() => list.evaluate((element) => element.scrollTop)).toBe(900);
  await eventually(() => page.evaluate('document.activeElement.closest("[data-row]")?.dataset.row')).toBe(id);
  await eventually(() => page.locator(`[data-row="${id}"]`).getAttribute('data-seen')).toBe('true');
  expect(asked).toEqual([]);
  await page.getByRole('button', {name: 'Search again'}).click();
  await count(page, '61 traces');
});

test('search page: on a slow line the old rows are dimmed at once, and keys open none of them', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=15m&where=operation=GET+/products');
  await count(page, '5 traces');
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/v1\/traces\?.*minTraceDuration/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('button', {name: 'Remove operation = GET /products'}).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('d');
  await page.keyboard.type('5s');
  await page.keyboard.press('Enter');
  await page.locator('[aria-busy="true"]').first().waitFor();
  await page.getByRole('status').getByText('Loading').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await eventually(() => new URL(page.url()).pathname).toBe('/');
  answer();
  await eventually(focused(page)).toContain('POST /checkout');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/trace/*');
});

test('search page: while a slow answer is awaited, plot, sums, order and rows are those of the search before, and then all the new one’s', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?last=15m&sort=longest');
  const plot = page.locator('.u-over');
  await plot.waitFor();
  const pictured = () => page.locator('canvas').evaluate((canvas: {toDataURL: () => string}) => canvas.toDataURL());
  const said = () => page.getByRole('table', {name: 'Traces found'}).locator('../..').innerText();
  await eventually(said).toContain('POST /checkout');
  await eventually(said).not.toContain('…');
  const [picture, text] = [await pictured(), await said()];
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/v1\/traces\?.*GET/, async (route) => {
    await held;
    await route.continue();
  });
  const counted = page.waitForResponse(/heatmap\?.*GET/);
  await field(page).fill('operation="GET /products" last=5m sort=newest');
  await page.keyboard.press('Enter');
  await counted;
  await page.locator('[aria-busy="true"]').first().waitFor();
  expect(await said()).toBe(text);
  expect(await pictured()).toBe(picture);
  await eventually(() => page.getByRole('columnheader', {name: 'Duration'}).getAttribute('aria-sort')).toBe(
    'descending',
  );
  // What a reader operates answers at once.
  await eventually(() => page.getByRole('radio', {name: 'Newest'}).isChecked()).toBe(true);
  answer();
  await page.locator('[aria-busy="false"]').first().waitFor();
  await eventually(said).not.toContain('POST /checkout');
  await eventually(pictured).not.toBe(picture);
});

test('search page: the answer is still there, and says of when it is, when one comes back to it while Weft is down', async () => {
  const page = await openPage(browser, weft.http, {}, [/ERR_INTERNET_DISCONNECTED/]);
  await weft.send(quickBrowse(1_000, 'GET /kept').body);
  await page.goto('/?last=15m&where=operation=GET+/kept');
  await count(page, '1 trace');
  await page.keyboard.press('2');
  await page.getByRole('heading', {name: 'Services'}).waitFor();
  await page.context().setOffline(true);
  await page.keyboard.press('1');
  await page
    .getByText(/^Weft has not answered since|does not answer/)
    .first()
    .waitFor();
  await count(page, '1 trace');
  await page.getByText(/is of \d\d:\d\d:\d\d/).waitFor();
  await rows(page).first().waitFor();
  await eventually(() => where(page)).toEqual(['operation=GET /kept']);
  await page.context().setOffline(false);
  await page.locator('[data-content="shown"] [data-old]').waitFor({state: 'detached'});
  await count(page, '1 trace');
});

test('search page: an operation without a name and one that reorders its text are shown as what they are', async () => {
  await weft.send(quickBrowse(4_000, '').body, quickBrowse(4_000, 'GET /\u202egnp.exe').body);
  const page = await openPage(browser, weft.http);
  await page.goto('/?service=gateway&last=5m');
  await page.getByRole('link', {name: 'gateway (no name)'}).waitFor();
  await page.getByRole('link', {name: 'gateway GET /[U+202E]gnp.exe'}).waitFor();
  await page.goto('/?service=gateway&last=5m&where=operation=""');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.getByRole('link', {name: 'gateway (no name)'}).waitFor();
});

test('search page: at 720 px, and at twice the size on a small screen, nothing lies beyond the edge', async () => {
  for (const viewport of [
    {width: 720, height: 900},
    {width: 512, height: 384},
    {width: 390, height: 844},
  ]) {
    const page = await openPage(browser, weft.http, {viewport});
    await page.goto('/?where=duration>1ms&where=http.response.status_code<900&last=15m');
    await page.getByRole('button', {name: 'Clear all'}).waitFor();
    await page
      .getByRole('row', {name: /gateway/})
      .first()
      .waitFor();
    const beyond = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(await beyond(), `${viewport.width}`).toBe(0);
    // Nothing is to be pushed aside: what there is no room for comes with a button.
    const hidden = `[...document.querySelectorAll('search, search *')].filter((one) => one.matches('div, search') && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible' && !one.matches('[class*="edit"]')).length`;
    expect(await page.evaluate(hidden), `${viewport.width}`).toBe(0);
    if (viewport.width < 640) {
      await page.getByRole('button', {name: 'More', exact: true}).click();
      await page.keyboard.press('Escape');
      expect(await beyond(), `${viewport.width}`).toBe(0);
      await page.getByRole('button', {name: 'Fewer', exact: true}).click();
    }
    await page.keyboard.press('d');
    await eventually(() => page.evaluate('document.activeElement.ariaLabel')).toBe('Duration: min');
  }
});

test('spans: the second kind of result lists spans by the same question, with columns for attributes, and Back restores it', async () => {
  await weft.send(...Array.from({length: 3}, (_, i) => slowCheckout(50_000 + i * 1_000).body));
  const page = await openPage(browser, weft.http);
  await page.goto('/?where=payment.attempt>=1');
  await rows(page).first().waitFor();
  await page.getByRole('search').getByText('Spans', {exact: true}).click();
  const spans = page.getByRole('table', {name: 'Spans found'}).locator('[data-row]');
  await spans.first().waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('results')).toBe('spans');
  await eventually(() => where(page)).toEqual(['payment.attempt>=1']);
  await eventually(async () => new Set(await spans.locator('[data-main]').allInnerTexts())).toEqual(
    new Set(['payment\ncharge card']),
  );

  await choose(page.getByRole('radio', {name: 'Longest', exact: true}));
  await page.getByRole('button', {name: /^Attribute column/}).click();
  await page.getByRole('option', {name: 'payment.attempt', exact: true}).click();
  await page.getByRole('columnheader', {name: 'payment.attempt'}).waitFor();
  // The third attempt takes longest, as its attribute says.
  await eventually(() => spans.first().innerText()).toMatch(/^payment\s+charge card\s+1\.07 s.*3$/s);

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const place = await page.evaluate<string>('document.activeElement.closest("[data-row]").dataset.row');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/trace\//);
  await page.getByRole('heading', {level: 1, name: /POST \/checkout/}).waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('span')).toBe(place.slice(33, 49));
  let asked = 0;
  page.on('request', (request) => void (asked += request.url().includes('/v1/spans') ? 1 : 0));
  await page.goBack();
  await eventually(() => page.evaluate('document.activeElement.closest("[data-row]")?.dataset.row')).toBe(place);
  await eventually(() => page.locator(`[data-row="${place}"]`).getAttribute('data-seen')).toBe('true');
  expect(asked).toBe(0);
});

test('spans: grouped by an attribute, a group leads to its spans, and the menu leaves one out', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?results=spans&where=operation=charge card');
  await page.getByRole('table', {name: 'Spans found'}).locator('[data-row]').first().waitFor();
  await page.keyboard.press('g');
  await page.getByRole('combobox', {name: 'Group by'}).fill('status_code');
  await page.getByRole('option', {name: 'http.response.status_code'}).waitFor();
  await page.keyboard.press('Enter');
  const groups = page.getByRole('table', {name: 'Spans by http.response.status_code'}).locator('[data-row]');
  await groups.first().waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('by')).toBe('http.response.status_code');
  // Two of three attempts fail: all of those with 503.
  await eventually(() => groups.allInnerTexts()).toEqual([
    expect.stringMatching(/^503\s.*100\s?%/s),
    expect.stringMatching(/^200\s.*\b0\s?%/s),
  ]);
  await choose(page.getByRole('radio', {name: 'Slowest (P95)'}));
  await eventually(() => groups.first().innerText()).toMatch(/^200/);

  await groups.first().click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Only with another value'}).click();
  await eventually(() => where(page)).toEqual(['operation=charge card', 'http.response.status_code!=200']);
  await eventually(() => groups.count()).toBe(1);

  await groups.first().locator('a').click();
  await eventually(() => where(page)).toEqual([
    'operation=charge card',
    'http.response.status_code!=200',
    'http.response.status_code=503',
  ]);
  await eventually(() => new URL(page.url()).searchParams.has('by')).toBe(false);
  const found = page.getByRole('table', {name: 'Spans found'}).locator('[data-row]').first();
  await found.waitFor();
  // A row's link lies over its cells, which are things of their own.
  for (const [cell, copied] of [
    ['Server', 'server'],
    ['Error', 'error'],
    ['payment', 'payment'],
  ] as const) {
    const box = (await found.getByText(cell, {exact: true}).boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, {button: 'right'});
    await page.getByRole('menuitem', {name: 'Only with another value'}).waitFor();
    await page.getByRole('menuitem', {name: 'Copy', exact: true}).click();
    await eventually(() => page.evaluate('navigator.clipboard.readText()')).toBe(copied);
  }
  await page.goBack();
  await eventually(() => groups.count()).toBe(1);
});

test('spans: the group without a value leads to its spans and has a menu, and every figure orders the groups', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?results=spans&by=payment.attempt&where=service!=gateway');
  const groups = page.getByRole('table', {name: 'Spans by payment.attempt'}).locator('[data-row]');
  const without = groups.filter({hasText: 'without payment.attempt'});
  await without.waitFor();
  await without.click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Only with a value'}).click();
  await without.waitFor({state: 'detached'});
  await eventually(() => where(page)).toEqual(['service!=gateway', 'has=payment.attempt']);
  for (const [head, order] of [
    ['P50', 'p50'],
    ['P99', 'p99'],
    ['Rate', 'rate'],
    ['Error rate', 'errorRate'],
    ['Errors', 'errors'],
    ['Spans', null],
  ] as const) {
    await page.getByRole('columnheader', {name: head, exact: true}).getByRole('button').click();
    await eventually(() => new URL(page.url()).searchParams.get('order')).toBe(order);
    await eventually(() => page.getByRole('columnheader', {name: head, exact: true}).getAttribute('aria-sort')).toBe(
      'descending',
    );
  }
  await page.goto('/?results=spans&by=payment.attempt&where=service!=gateway');
  await without.locator('a').click();
  const found = page.getByRole('table', {name: 'Spans found'}).locator('[data-row]');
  await found.first().waitFor();
  await eventually(() => where(page)).toEqual(['service!=gateway', 'has!=payment.attempt']);
  expect(await found.filter({hasText: 'charge card'}).count()).toBe(0);

  // The key is nowhere: that is said, and the spans are one click away.
  await page.goto('/?results=spans&by=nowhere.to.be.found&where=operation=charge card');
  await page.getByRole('heading', {name: 'No span has a value of nowhere.to.be.found'}).waitFor();
  await page.getByRole('button', {name: 'Show these spans'}).click();
  await found.filter({hasText: 'charge card'}).first().waitFor();
  await eventually(() => new URL(page.url()).search).toBe('?results=spans&where=operation=charge+card');
});

test('spans: figures of groups are chosen on a phone too, and each kind of result is shown as it was left', async () => {
  const page = await openPage(browser, weft.http, {viewport: {width: 390, height: 844}});
  // The menu is opened before the answer is there, and is still open when it comes.
  const asked = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  await page.route('**/spans/groups?*', async (route) => {
    asked.resolve();
    await opened.promise;
    await route.continue();
  });
  await page.goto('/?results=spans&by=service');
  const head = (name: string) => page.getByRole('columnheader', {name, exact: true});
  await asked.promise;
  await page.getByRole('button', {name: 'Columns', exact: true}).click();
  await page.getByRole('menuitemcheckbox', {name: 'Errors', exact: true}).waitFor();
  opened.resolve();
  await page.getByRole('table', {name: 'Spans by Service'}).locator('[data-row]').first().waitFor();
  await page.getByRole('menuitemcheckbox', {name: 'Errors', exact: true}).click();
  await page.keyboard.press('Escape');
  await head('Errors').waitFor({state: 'detached'});
  await eventually(() => new URL(page.url()).searchParams.get('figures')).toBe(
    'value,spans,errorRate,rate,p50,p95,p99',
  );
  await page.getByRole('search').getByText('Traces', {exact: true}).click();
  await rows(page).first().waitFor();
  await eventually(() => new URL(page.url()).search).toBe('');
  await choose(page.getByRole('radio', {name: 'Most errors'}));
  await page.getByRole('search').getByText('Spans', {exact: true}).click();
  await page.getByRole('table', {name: 'Spans by Service'}).waitFor();
  await eventually(() => new URL(page.url()).searchParams.get('figures')).toBe(
    'value,spans,errorRate,rate,p50,p95,p99',
  );
  await eventually(() => new URL(page.url()).searchParams.has('sort')).toBe(false);
  await page.getByRole('search').getByText('Traces', {exact: true}).click();
  await eventually(() => new URL(page.url()).search).toBe('?sort=errors');
});

test('search page: a service and an operation are left out by what is typed and by the menu', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?results=spans&by=service');
  const groups = page.getByRole('table', {name: 'Spans by Service'}).locator('[data-row]');
  await groups.filter({hasText: 'payment'}).waitFor();
  await field(page).fill('service != payment');
  await page.keyboard.press('Enter');
  await groups.filter({hasText: 'payment'}).waitFor({state: 'detached'});
  await eventually(() => where(page)).toEqual(['service!=payment']);
  await groups.filter({hasText: 'inventory'}).first().click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Only with another value'}).click();
  await groups.filter({hasText: 'inventory'}).first().waitFor({state: 'detached'});
  await eventually(() => where(page)).toEqual(['service!=payment', 'service!=inventory']);
  // The same question of traces: each still has a span of another service.
  await page.getByRole('search').getByText('Traces', {exact: true}).click();
  await rows(page).first().waitFor();
  await eventually(() => where(page)).toEqual(['service!=payment', 'service!=inventory']);
});

test('spans: nothing that fits says which condition is in the way', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?results=spans&where=operation=charge card&where=kind!=server');
  await page.getByText('No spans match').waitFor();
  await offered(page, 'Remove kind != server').click();
  await page.getByRole('table', {name: 'Spans found'}).locator('[data-row]').first().waitFor();
});

test('search page: bounds that cross are said and not asked, of traces, spans and groups', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await rows(page).first().waitFor();
  const [min, max] = [page.getByLabel('Duration: min'), page.getByLabel('Duration: max')];
  await min.fill('5s');
  await min.press('Enter');
  await page.waitForURL('**where=*');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/\/api\/.*(?:maxTraceDuration|kind=foo)/.test(request.url())) asked.push(request.url());
  });
  const panel = page.getByRole('heading', {name: 'This search cannot be made'}).locator('..');
  const said = panel.getByText('No duration is both >= 5s and <= 1s.');
  await max.fill('1s');
  await max.press('Enter');
  await said.waitFor();
  expect(await rows(page).count()).toBe(0);
  for (const one of [min, max]) {
    await eventually(() => one.getAttribute('aria-invalid')).toBe('true');
    const why = await one.getAttribute('aria-describedby');
    await eventually(() => page.locator(`[id="${why}"]`).textContent()).toBe('No duration is both >= 5s and <= 1s.');
  }
  await eventually(() => page.locator('[data-wrong=true]').count()).toBe(2);
  // The field that is written in stays the one.
  expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Duration: max');
  for (const view of ['results=spans', 'results=spans&by=service']) {
    await page.goto(`/?${view}&where=duration>=5s&where=duration<=1s`);
    await said.waitFor();
  }
  await page.goto('/?where=kind=foo');
  await panel.getByText('kind is one of').waitFor();
  expect(asked).toEqual([]);
  await page
    .getByRole('button', {name: 'Remove kind = foo', exact: true})
    .and(page.locator('main section > div *'))
    .click();
  await rows(page).first().waitFor();
});

test('search page: a field says why its duration is not taken once it is left, not while it is written', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await rows(page).first().waitFor();
  const min = page.getByLabel('Duration: min');
  await min.fill('5 parsecs');
  const why = page.getByRole('alert').filter({hasText: 'Write it as 200ms or 1.5s'});
  expect(await why.count()).toBe(0);
  await min.press('Enter');
  await why.waitFor();
  expect(await min.getAttribute('aria-describedby')).toBe(await why.getAttribute('id'));
  await min.press('Escape');
  await why.waitFor({state: 'detached'});
  await eventually(() => min.inputValue()).toBe('');
});

test('search page: the plot shows each trace as a point, more of them than the list has, and the address keeps it', async () => {
  const page = await openPage(browser, weft.http);
  await weft.send(...Array.from({length: 25}, (_, n) => quickBrowse(1_000 + n * 3_000).body));
  await page.goto('/?limit=20&last=1h');
  await page.getByText('showing the 20 newest').waitFor();
  const [answer] = await Promise.all([
    page.waitForResponse(/\/traces\?.*limit=1500/),
    page.getByText('Scatter', {exact: true}).click(),
  ]);
  expect(((await answer.json()) as {traces: unknown[]}).traces.length).toBeGreaterThanOrEqual(25);
  await eventually(() => new URL(page.url()).searchParams.get('plot')).toBe('scatter');
  await page.reload();
  await eventually(() => page.getByRole('radio', {name: 'Scatter'}).isChecked()).toBe(true);
  const plot = page.locator('.u-over');
  const box = (await plot.boundingBox())!;
  const onPoint = async (): Promise<boolean> => {
    for (let x = box.width - 1; x > box.width * 0.6; x -= 5) {
      for (let y = 4; y < box.height; y += 8) {
        await page.mouse.move(box.x + x, box.y + y);
        if ((await plot.evaluate((element) => element.style.cursor)) === 'pointer') return true;
      }
    }
    return false;
  };
  expect(await onPoint()).toBe(true);
  await page.mouse.down();
  await page.mouse.up();
  await eventually(() => new URL(page.url()).pathname).toMatch(/^\/trace\/[0-9a-f]{32}$/);
});
