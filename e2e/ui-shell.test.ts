/** The surroundings of the views: navigation, command palette, languages, colours, services, status, and a Weft that is gone. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage, quickBrowse, type SentTrace, slowCheckout} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;
let slow: SentTrace;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  slow = slowCheckout(30_000);
  await weft.send(slow.body, quickBrowse(20_000).body);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

test('page: the command palette goes to pages, services and traces', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', {name: 'Command palette'});
  await field.fill('paym');
  await page.getByRole('option', {name: 'payment', exact: true}).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/services/payment*');
  await page.getByRole('heading', {name: 'payment'}).waitFor();

  await page.keyboard.press('Control+k');
  await field.fill(slow.traceId);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${slow.traceId}*`);

  // What is pasted may be anything that names a trace; the palette remembers where one was.
  await page.keyboard.press('Control+k');
  await field.fill(`traceparent: 00-${slow.traceId}-${slow.spanId('charge')}-01`);
  await page.getByRole('option', {name: `at span ${slow.spanId('charge')}`}).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${slow.traceId}?*span=${slow.spanId('charge')}*`);
  // An address of Weft, whoever serves it, with all that it shows; one of Jaeger's page; what names nothing is told.
  await page.keyboard.press('Control+k');
  await field.fill(`https://weft.example/trace/${slow.traceId}?tab=table&sort=self`);
  await page.getByRole('option', {name: `Open trace ${slow.traceId}`}).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.origin === weft.http && url.search.includes('tab=table&sort=self'));
  await page.keyboard.press('Control+k');
  await field.fill(
    'http://jaeger.example/jaeger/search?service=payment&operation=charge%20card&tags=%7B%22a%22%3A%22b%22%7D&lookback=1h',
  );
  await page.keyboard.press('Enter');
  await page.waitForURL(
    (url) => url.pathname === '/' && url.searchParams.getAll('where').join() === 'operation=charge card,a=b',
  );
  await page.keyboard.press('Control+k');
  await field.fill(`span_id=${slow.spanId('charge')}`);
  await page.getByText(/cannot find the span/).waitFor();
  await field.fill('x'.repeat(20_000));
  await page.getByText('No trace is named in these 20,000 characters.').waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.getByRole('option', {name: 'payment', exact: true}).nth(0).waitFor();
  await field.fill('copy live');
  await page.getByRole('option', {name: /Copy live link/}).waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await field.fill('set payment');
  await page.getByRole('option', {name: 'Set for a time: payment'}).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', {name: 'Set for a time: payment'}).waitFor();

  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  // Whose data is looked at goes along to every page.
  await page.waitForURL('**/services?service=payment');
  await page.keyboard.press('3');
  await page.waitForURL('**/pipeline?service=payment');
});

/** Holds back all code that is fetched from now on; the function that comes back lets it through. */
async function holdCode(page: Page): Promise<() => void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  await page.route('**/assets/*.js', async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

test('page: letters written after Ctrl K stand in the palette, though its code comes late', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  const field = page.getByRole('combobox', {name: 'Command palette'});
  const letCome = await holdCode(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('svc-');
  // Escape closes what is not there yet, and Ctrl K opens it empty.
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.keyboard.press('Control+k');
  await page.keyboard.type('paym?1');
  letCome();
  await field.waitFor();
  await page.keyboard.type('2');
  await eventually(() => field.inputValue()).toBe('paym?12');
  await eventually(() => page.url()).toBe(`${weft.http}/status`);
  // Once it is there, the very first letter is its own.
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.keyboard.press('Control+k');
  await page.keyboard.type('1ab');
  await eventually(() => field.inputValue()).toBe('1ab');
  await eventually(() => page.url()).toBe(`${weft.http}/status`);
});

test('page: a key pressed while the keyboard help still comes is no command of the page', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  const letCome = await holdCode(page);
  await page.keyboard.press('?');
  await page.keyboard.press('1');
  letCome();
  await page.getByRole('dialog').getByRole('heading', {level: 3}).first().waitFor();
  await eventually(() => page.url()).toBe(`${weft.http}/status`);
});

test('page: a change of the trace that is being left never becomes an address', async () => {
  const page = await openPage(browser, weft.http);
  for (const keys of ['v1', '1v']) {
    await page.goto(`/trace/${slow.traceId}`);
    await page.locator('[data-row]').first().waitFor();
    const letCome = await holdCode(page);
    await page.keyboard.type(keys);
    // Longer than the address takes to follow the view.
    await page.waitForTimeout(400);
    letCome();
    await page.getByText('2 traces', {exact: true}).waitFor();
    await eventually(() => new URL(page.url()).pathname).toBe('/');
    expect(new URL(page.url()).search).not.toContain('tab=');
    await page.unrouteAll();
  }
});

test('page: the heading of a page that comes late leaves the focus to the palette that was opened meanwhile', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  const come = Promise.withResolvers<void>();
  await page.route(`**/api/weft/v1/traces/${slow.traceId}*`, async (route) => {
    await come.promise;
    await route.continue();
  });
  const field = page.getByRole('combobox', {name: 'Command palette'});
  await page.keyboard.press('Control+k');
  await field.fill(slow.traceId);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${slow.traceId}*`);
  await page.keyboard.press('Control+k');
  await field.fill('status');
  come.resolve();
  await page.getByRole('heading', {level: 1, includeHidden: true}).getByText('POST /checkout').waitFor();
  await page
    .getByRole('option', {name: /Status/})
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/status*');
});

test('page: keyboard help opens with ? and closes with Escape', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/sampling');
  await page.getByRole('heading', {level: 1, name: /^Sampling/}).waitFor();
  await page.keyboard.press('?');
  // The page's own keys come before those of every page.
  const first = page.getByRole('dialog').getByRole('heading', {level: 3}).first();
  await eventually(() => first.innerText()).toMatch(/^Sampling/);
  await page.getByRole('dialog').getByText('Undo the last change').waitFor();
  await page.getByRole('dialog').getByText('Copy live link').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
});

test('languages: the browser’s own at first, then the chosen one, kept', async () => {
  const page = await openPage(browser, weft.http, {locale: 'zh-TW'}, [/404 \(Not Found\)/]);
  await page.goto('/services');
  await page.getByRole('heading', {name: '服務'}).waitFor();
  await eventually(() => page.locator('html').getAttribute('lang')).toBe('zh-Hant');
  await page.getByRole('button', {name: '外觀與語言'}).click();
  await page.getByRole('menuitem', {name: '简体中文'}).click();
  await page.getByRole('heading', {name: '服务'}).waitFor();
  await page.reload();
  await page.getByRole('heading', {name: '服务'}).waitFor();
  // What the API refuses is said in the reader's language too, down to the values.
  await page.goto(`/trace/${'1'.repeat(32)}`);
  await page.getByText(`找不到链路 ${'1'.repeat(32)}。`).waitFor();
  // Where trying again does not help there is another way to go.
  await page.getByRole('main').getByRole('link', {name: '链路', exact: true}).click();
  await page.waitForURL(`${weft.http}/`);
});

test('colours: the system’s at first, then the chosen ones, from the first paint on', async () => {
  const page = await openPage(browser, weft.http, {colorScheme: 'dark'});
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.goto('/status');
  await page.getByRole('heading', {name: 'Status'}).waitFor();
  await eventually(() => background()).toBe('rgb(18, 19, 22)');
  await page.getByRole('button', {name: 'Appearance and language'}).click();
  await page.getByRole('menuitem', {name: 'Light'}).click();
  await eventually(background).toBe('rgb(247, 247, 245)');
  await page.reload({waitUntil: 'commit'});
  await eventually(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('light');
});

test('services: rate, errors and durations, each leading to its traces', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services');
  const payment = page.getByRole('row', {name: /^payment/});
  await payment.waitFor();
  // Three requests since the first span, half a minute and more ago: by the asked hour they were 3.00/h.
  await eventually(() => payment.innerText()).toMatch(/\b\d\.\d\d\/min\b/);
  await page.getByText(/Rates are over \d/).waitFor();
  await payment.getByRole('link', {name: /67 %/}).click();
  await page.waitForURL('**/?service=payment&where=status=error');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.goBack();
  await payment.getByRole('link', {name: 'payment', exact: true}).click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Sampling and log level'}).click();
  await page.waitForURL('**/sampling?find=payment&open=payment');
});

test('status: addresses in use and what is stored', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByRole('row', {name: new RegExp(`OTLP over HTTP.*http://${weft.endpoints.otlp_http}`)}).waitFor();
  await eventually(() => page.getByRole('rowheader').first().innerText()).toBe('OTLP over HTTP');
  await page.getByText('Ready', {exact: true}).waitFor();
  await eventually(() => page.locator('dl', {hasText: 'Spans'}).innerText()).toContain('14');
});

test('page: a link written for Jaeger’s search leads to the same search', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/search?service=payment&lookback=1h&limit=20&tags=%7B%22error%22%3A%22true%22%7D');
  await page.waitForURL('**/?service=payment&where=status=error&limit=20');
  await page.getByText('1 trace', {exact: true}).waitFor();
});

test('page: the time may be of any length, in an address of either page and as typed in its menu', async () => {
  const page = await openPage(browser, weft.http);
  const time = (name: string) => page.getByRole('button', {name: `Time range: ${name}`});
  await page.goto('/search?service=payment&lookback=2h');
  await page.waitForURL('**/?last=2h&service=payment');
  await time('Last 2 hours').waitFor();
  await page.goto('/services?last=90m');
  await time('Last 90 minutes').click();
  const field = page.getByRole('textbox', {name: 'Another length'});
  await eventually(() => field.inputValue()).toBe('90m');
  await eventually(() =>
    field.evaluate((element: {matches: (of: string) => boolean}) => element.matches(':focus')),
  ).toBe(true);
  await field.fill('a fortnight');
  await field.press('Enter');
  await page.getByRole('alert').getByText('Write a length such as 45m, 2h').waitFor();
  await eventually(() => field.getAttribute('aria-invalid')).toBe('true');
  await field.fill('2w');
  await field.press('Enter');
  await page.waitForURL('**/services?last=14d');
  await time('Last 14 days').click();
  await field.fill('60 min');
  await field.press('Enter');
  await page.waitForURL('**/services');
  await time('Last hour').waitFor();
});

test('page: no such page is said so, within the page', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/nowhere');
  await page.getByText('There is no such page.').waitFor();
  await page.getByRole('link', {name: 'To the traces'}).click();
  await page.getByText('2 traces').waitFor();
});

test('page: a request that fails says so in its view alone while Weft answers others, and is tried again', async () => {
  const page = await openPage(browser, weft.http, {}, [/ERR_CONNECTION_REFUSED/]);
  await page.goto('/');
  await page.getByText('2 traces').waitFor();
  await page.route('**/api/weft/v1/traces*', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', {name: 'Search again'}).click();
  // The answer before stays, and is said to be older.
  await page.getByRole('status').getByText('Weft does not answer').waitFor();
  await page.getByText('2 traces').waitFor();
  await page.unroute('**/api/weft/v1/traces*');
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.getByRole('status').getByText('Weft does not answer').waitFor({state: 'detached'});
});

test('context: time, comparison and scope are chosen once, and every page keeps them', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services');
  await page.getByRole('row', {name: /^payment/}).waitFor();
  await page.keyboard.press('t');
  await page.getByRole('button', {name: 'Last 15 minutes'}).click();
  await page.waitForURL('**/services?last=15m');
  await page.keyboard.press('c');
  await page.getByRole('option', {name: 'The same time yesterday'}).click();
  await page.waitForURL('**/services?last=15m&compare=yesterday');
  await page.keyboard.press('s');
  await page.getByRole('option', {name: 'payment'}).waitFor();
  // All services, gateway, inventory, order, payment.
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/services?last=15m&compare=yesterday&service=payment');
  const rest = new URL(page.url()).search;
  await page.keyboard.press('1');
  await page.waitForURL((url) => url.pathname === '/' && url.search === rest);
  await page.keyboard.press('4');
  await page.waitForURL((url) => url.pathname === '/status' && url.search === rest);
  // Nothing of it means anything here: it is said, and kept.
  const time = page.getByRole('button', {name: 'Time range: Last 15 minutes'});
  await eventually(() => time.getAttribute('aria-disabled')).toBe('true');
  await eventually(() => time.getAttribute('title')).toContain('The choice is kept');
  await page.goBack();
  await page.goBack();
  await page.waitForURL((url) => url.pathname === '/services' && url.search === rest);
});

test('context: a view that one comes back to by its door asks what it asked', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?service=payment&where=duration>1ms&sort=longest');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.keyboard.press('2');
  await page.waitForURL('**/services?service=payment');
  await page.keyboard.press('1');
  await page.waitForURL((url) => url.searchParams.get('where') === 'duration>1ms');
  await eventually(() => new URL(page.url()).searchParams.get('sort')).toBe('longest');
  await page.getByRole('link', {name: 'Status'}).click();
  await page.waitForURL('**/status?service=payment');
  await page.getByRole('link', {name: 'Explore'}).click();
  await page.waitForURL((url) => url.searchParams.get('where') === 'duration>1ms');
  // Of another kind of result too, with all that only it has.
  await page.goto('/?results=spans&by=tenant&order=p95&column=tenant');
  await page.getByRole('radio', {name: 'Slowest (P95)'}).waitFor({state: 'attached'});
  await page.keyboard.press('2');
  await page.waitForURL('**/services');
  await page.keyboard.press('1');
  await page.waitForURL('**/?results=spans&by=tenant&order=p95&column=tenant');
});

test('context: a copied link shows the same later, a live one the time when it is opened', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/?service=payment&last=15m&live=true');
  await page.getByText('1 trace', {exact: true}).waitFor();
  const copied = () => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
  await page.keyboard.press('y');
  await page.getByText('Link copied: its time stands still').waitFor();
  const fixed = new URL(await copied()).searchParams;
  expect(Date.parse(fixed.get('end')!) - Date.parse(fixed.get('start')!)).toBe(15 * 60_000);
  expect([fixed.get('service'), fixed.get('live'), fixed.get('last')]).toEqual(['payment', null, null]);
  await page.getByRole('button', {name: 'Kinds of links'}).click();
  await page.getByRole('button', {name: /^Copy live link/}).click();
  await page.getByText('Live link copied').waitFor();
  await eventually(() => copied()).toBe(page.url());
});

test('context: a link copied right after another key leads to what that key led to, of now', async () => {
  const page = await openPage(browser, weft.http);
  for (const path of ['/?results=spans', '/?results=spans&by=service', '/']) {
    await page.goto(path);
    await page.locator('[data-row]').first().waitFor();
    // The answer takes longer than a hand needs for the next key.
    await page.route(/\/v1\/(spans|traces)/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue().catch(() => undefined);
    });
    await page.evaluate('navigator.clipboard.writeText("")');
    const pressed = Date.now();
    await page.keyboard.press('e');
    await page.keyboard.press('y');
    await eventually(() => page.evaluate('navigator.clipboard.readText()')).not.toBe('');
    const copied = new URL((await page.evaluate('navigator.clipboard.readText()')) as string).searchParams;
    expect(copied.get('where'), path).toBe('outcome=failed');
    // Of the moment of the keys, however long the page took: a range may end a few seconds earlier.
    expect(Date.parse(copied.get('end')!), path).toBeGreaterThan(pressed - 30_000);
    expect(Date.parse(copied.get('end')!), path).toBeLessThan(Date.now() + 30_000);
    await page.unroute(/\/v1\/(spans|traces)/);
  }
});

test('page: the heading of the page that one goes to takes the focus', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/services');
  await page.getByRole('row', {name: /^payment/}).waitFor();
  await page.keyboard.press('4');
  await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Status');
});

test('thing menu: a right click on what is a thing offers what can be done with it, and copies it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByText(`http://${weft.endpoints.otlp_http}`).click({button: 'right'});
  await page.getByRole('menuitem', {name: 'Copy'}).click();
  await page.getByText('Copied', {exact: true}).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`http://${weft.endpoints.otlp_http}`);
});

test('page: while Weft is down one banner says so in a view that asks nothing, and what is on show comes back by itself', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'weft-e2e-'));
  onTestFinished(() => rmSync(dataDirectory, {recursive: true, force: true}));
  await using own = await startWeft({dataDirectory});
  const trace = slowCheckout(120_000);
  await own.send(trace.body);
  const page = await openPage(browser, own.http, {}, [
    /net::ERR_|dynamically imported module|503 .*\/(ready|services)\)$/,
  ]);
  const known = page.waitForResponse('**/ready').then((response) => response.finished());
  // Code that is lost while it is fetched has the page loaded again; here nothing is under way any more.
  const parts = ['palette', 'keyboard-help', 'span-commands', 'sampling-commands'].map((part) =>
    page.waitForResponse(new RegExp(`/assets/${part}-[^/]+\\.js`)).then((response) => response.finished()),
  );
  await page.goto('/?live=true');
  await page.getByText('1 trace', {exact: true}).waitFor();
  await page.locator('[data-row] [data-main]').click();
  await page.getByRole('treeitem').first().waitFor();
  // A trace of two minutes ago is whole: its view asks nothing any more.
  await Promise.all([known, ...parts]);
  process.kill(own.pid, 'SIGKILL');
  const banner = page.getByRole('alert').filter({hasText: 'Weft has not answered since'});
  await banner.waitFor();
  await eventually(() => page.getByRole('alert').count()).toBe(1);
  await page.getByText(/^Trying again (in|now)/).waitFor();
  await banner.getByText(/What is shown is of \d\d:/).waitFor();
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('1');
  const live = page.getByRole('button', {name: 'Live: Waiting: Weft does not answer'});
  await live.waitFor();

  // It comes back at the same address, with another page.
  await page.route('**/', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      body: (await response.text()).replace(/assets\/index-[^"]+\.js/, 'assets/index-new.js'),
    });
  });
  const asked = page.waitForRequest('**/api/weft/v1/traces?*');
  await using again = await startWeft({dataDirectory, args: [`--http=${new URL(own.http).host}`]});
  expect(again.http).toBe(own.http);
  await banner.waitFor({state: 'detached'});
  await asked;
  await page.getByRole('button', {name: 'Live', exact: true}).waitFor();
  await page.getByText('Weft has been upgraded.').waitFor();
  await page.getByRole('button', {name: 'Later'}).click();
  await page.getByText('Weft has been upgraded.').waitFor({state: 'detached'});

  // A view whose code has not been fetched is no sign of an upgrade, and nothing of it is on show.
  process.kill(again.pid, 'SIGKILL');
  await page.keyboard.press('2');
  await page.getByRole('heading', {name: 'Weft does not answer'}).waitFor();
  await banner.waitFor();
  expect(await page.getByText(/upgraded|What is shown/).count()).toBe(0);
});

test('page: code that is lost is fetched by loading the page once; while it stays lost the view says so', async () => {
  const page = await openPage(browser, weft.http, {}, [/Failed to load resource|dynamically imported module/]);
  let loads = 0;
  page.on('load', () => loads++);
  await page.goto('/status');
  await page.getByText('Ready', {exact: true}).waitFor();
  await page.route('**/assets/services-*.js', (route) => route.fulfill({status: 404, body: 'gone'}));
  await page.keyboard.press('2');
  await page.getByRole('alert').getByText('This view could not be fetched').waitFor();
  expect(loads).toBe(2);
  await eventually(() => new URL(page.url()).pathname).toBe('/services');
  await page.unroute('**/assets/services-*.js');
  await page.getByRole('button', {name: 'Reload the page'}).click();
  await page.getByRole('row', {name: /^payment/}).waitFor();
});

test('page: a log line pasted on any page opens the trace and the span that it names', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/status');
  await page.getByText('Ready', {exact: true}).waitFor();
  const paste = (text: string) =>
    page.evaluate(`(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
    })()`);
  await paste('nothing that names a trace');
  await paste('y'.repeat(20_000));
  await page.getByText('No trace is named in these 20,000 characters.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await paste(`${weft.http}/services?sort=p99`);
  await page.waitForURL('**/services?sort=p99');
  await paste(`level=error trace_id=${slow.traceId} span_id=${slow.spanId('charge')} msg="no"`);
  await page.waitForURL(`**/trace/${slow.traceId}?span=${slow.spanId('charge')}`);
});
