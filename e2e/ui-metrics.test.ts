/** The page of metrics in a browser: choose, filter, split, write, be told what is wrong, link. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

let weft: RunningWeft;
let browser: Browser;

const attribute = (key: string, value: string) => ({key, value: {stringValue: value}});
const minute = 60_000;

/** Half an hour of a counter, a gauge and a histogram of two routes. */
function metricsOf(service: string, perMinute: number) {
  const from = Date.now() - 30 * minute;
  const nanos = (at: number): string => `${BigInt(Math.round(at)) * 1_000_000n}`;
  const points = <T>(make: (route: string, n: number) => T) =>
    ['/cart', '/pay'].flatMap((route) =>
      Array.from({length: 31}, (_, n) => ({
        startTimeUnixNano: nanos(from - minute),
        timeUnixNano: nanos(from + n * minute),
        attributes: [attribute('http.route', route)],
        ...make(route, n),
      })),
    );
  const cumulative = {aggregationTemporality: 2};
  const metrics = [
    {
      name: 'http.requests',
      description: 'Requests that came in',
      sum: {...cumulative, isMonotonic: true, dataPoints: points((_, n) => ({asInt: `${n * perMinute}`}))},
    },
    {name: 'memory.used', unit: 'By', gauge: {dataPoints: points((_, n) => ({asDouble: 2e6 + n}))}},
    {
      name: 'http.duration',
      unit: 's',
      histogram: {
        ...cumulative,
        dataPoints: points((_, n) => ({
          count: `${10 * n}`,
          sum: n,
          bucketCounts: [`${5 * n}`, `${5 * n}`, '0'],
          explicitBounds: [0.1, 0.2],
        })),
      },
    },
  ];
  return {resource: {attributes: [attribute('service.name', service)]}, scopeMetrics: [{metrics}]};
}

beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  const answer = await fetch(`http://${weft.endpoints.otlp_http}/v1/metrics`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceMetrics: [metricsOf('cart', 60), metricsOf('shop', 120)]}),
  });
  expect(answer.status).toBe(200);
  // Explore shows how to ask as soon as there is a trace.
  const at = `${BigInt(Date.now()) * 1_000_000n}`;
  const span = {
    traceId: '00000000000000000000000000000abc',
    spanId: '0000000000000001',
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: at,
    endTimeUnixNano: at,
  };
  const resource = {attributes: [attribute('service.name', 'cart')]};
  await weft.send({resourceSpans: [{resource, scopeSpans: [{spans: [span]}]}]});
});
afterAll(async () => {
  await browser.close();
  await weft.stop();
});

const written = async (page: Page): Promise<string> => (await page.locator('.cm-line').allTextContents()).join('\n');
async function choose(page: Page, picker: string | RegExp, option: string | RegExp): Promise<void> {
  await page.getByRole('button', {name: picker}).click();
  await page.getByRole('option', {name: option}).click();
}
const names = (page: Page) => page.getByRole('row').locator('button[aria-pressed]').allTextContents();

test('metrics page: from Explore to a counter by choice, filtered and split, and a link that restores it', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/');
  await page.getByRole('link', {name: 'Metrics'}).click();
  await choose(page, /^Metric:/, /^http_requests_total.*counter.*Requests that came in/);
  await eventually(() => written(page)).toBe('sum(rate(http_requests_total[5m]))');
  // 60 and 120 a minute, each on two routes.
  await eventually(() => page.getByRole('row', {name: /6\/s/}).count()).toBe(1);
  await choose(page, /^Split by:/, 'job');
  await eventually(() => names(page)).toEqual(['shop', 'cart']);
  await choose(page, /^Filter:/, 'http_route');
  await page.getByRole('option', {name: '/pay'}).click();
  await eventually(() => written(page)).toBe('sum by (job) (rate(http_requests_total{http_route="/pay"}[5m]))');
  await eventually(() => page.getByRole('row', {name: /^shop.*2\/s/}).count()).toBe(1);
  await eventually(() => page.getByRole('application', {name: '2 series over time'}).count()).toBe(1);
  await page.getByRole('button', {name: 'cart', exact: true}).click();
  await eventually(() => page.getByRole('application', {name: '1 series over time'}).count()).toBe(1);
  const again = await openPage(browser, weft.http);
  await again.goto(page.url());
  await eventually(() => names(again)).toEqual(['shop', 'cart']);
  await again.getByRole('button', {name: 'Remove the filter by http_route'}).click();
  await eventually(() => written(again)).toBe('sum by (job) (rate(http_requests_total[5m]))');
});

test('metrics page: a histogram is shown by a quantile in its unit, and a part of the time is chosen by the keys', async () => {
  const page = await openPage(browser, weft.http);
  await page.goto('/promql');
  await choose(page, /^Metric:/, /^http_duration_seconds_bucket/);
  await page.getByText('p50', {exact: true}).click();
  await eventually(() => written(page)).toBe(
    'histogram_quantile(0.5, sum by (le) (rate(http_duration_seconds_bucket[5m])))',
  );
  await eventually(() => page.getByRole('row', {name: /100(?:\.0)?\sms/}).count()).toBe(1);
  await page.getByRole('application', {name: '1 series over time'}).press('ArrowLeft');
  await page.keyboard.press('Enter');
  await eventually(() => new URL(page.url()).searchParams.has('start')).toBe(true);
});

test('metrics page: PromQL is completed, its faults are underlined, refused, mended and noted', async () => {
  const page = await openPage(browser, weft.http, {}, [/400 \(Bad Request\)/]);
  await page.goto('/promql');
  const query = page.getByRole('textbox', {name: 'Query in PromQL'});
  await query.pressSequentially('memory_us');
  await page.getByRole('option', {name: /^memory_used_bytes/}).click();
  await query.pressSequentially('{jo');
  await page.getByRole('option', {name: 'job'}).click();
  await query.pressSequentially('="ca');
  await page.getByRole('option', {name: 'cart'}).click();
  await eventually(() => written(page)).toContain('memory_used_bytes{job="cart"');
  await query.fill('rate(memory_used_bytes)');
  await eventually(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(['memory_used_bytes']);
  await query.press('Control+Enter');
  await eventually(() => page.getByRole('alert').textContent()).toContain('expected type range vector');
  await query.fill('rate(memory_used_bytes[5m])');
  await query.press('Control+Enter');
  await eventually(() => page.getByText(/metric might not be a counter/).count()).toBe(1);
  await eventually(() => page.getByText('The form has no place for this query.').count()).toBe(1);
  await query.fill('nothing_of_this');
  await page.getByRole('button', {name: 'Run'}).click();
  await eventually(() => page.getByText('No series', {exact: true}).count()).toBe(1);
});
