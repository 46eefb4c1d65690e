/** A long configuration on the page: it fits the window and can be read, and tail sampling's table leads to what it kept. */
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage, traceOf} from './ui-testing.ts';

/** Twelve processors in a row, five pipelines, connectors between them. */
const yaml = `
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}
  jaeger: {protocols: {thrift_http: {endpoint: "127.0.0.1:0"}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 4000}
  resourcedetection: {detectors: [env]}
  attributes: {actions: [{key: team, value: shop, action: insert}]}
  attributes/clean: {actions: [{key: password, action: delete}]}
  filter: {traces: {span: ['name == "GET /ready"']}}
  redaction: {allow_all_keys: true}
  transform: {trace_statements: [{context: span, statements: ['set(attributes["seen"], true)']}]}
  span: {name: {from_attributes: [missing]}}
  resource: {attributes: [{key: env, value: prod, action: upsert}]}
  groupbyattrs: {keys: [host.name]}
  probabilistic_sampler: {sampling_percentage: 100}
  batch: {timeout: 10ms}
  logdedup: {interval: 1s}
  tail_sampling:
    decision_wait: 1s
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - name: no-health
        type: drop
        drop: {drop_sub_policy: [{name: health, type: string_attribute, string_attribute: {key: http.route, values: [/health]}}]}
connectors: {spanmetrics: , servicegraph: , forward: , count: }
exporters: {weft: , otlphttp/away: {endpoint: "http://127.0.0.1:1"}}
service:
  pipelines:
    traces:
      receivers: [otlp, jaeger]
      processors: [memory_limiter, resourcedetection, attributes, attributes/clean, filter, redaction, transform, span,
        resource, groupbyattrs, probabilistic_sampler, batch]
      exporters: [spanmetrics, servicegraph, forward]
    traces/kept: {receivers: [forward], processors: [tail_sampling, batch], exporters: [weft, otlphttp/away]}
    metrics: {receivers: [otlp, spanmetrics, servicegraph], processors: [batch], exporters: [weft]}
    logs: {receivers: [otlp], processors: [logdedup], exporters: [count, weft]}
    metrics/counts: {receivers: [count], exporters: [weft]}
`;

let weft: RunningWeft;
let browser: Browser;
beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft({args: ['--config', `yaml:${yaml}`]}), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const server = {id: 'a', service: 'checkout', name: 'POST /pay', start: 0, end: 20, kind: 2} as const;

/** The components of the graph, and how far each reaches beyond the frame that it is in. */
const cards = (page: Page) =>
  page.evaluate<readonly {readonly name: string; readonly beyond: number; readonly width: number}[]>(`
    [...document.querySelectorAll('[role=group] [data-node]')].map((card) => {
      const frame = card.closest('[role=group]').parentElement;
      const [own, room] = [card.getBoundingClientRect(), frame.getBoundingClientRect()];
      const beyond = Math.max(own.right - room.right, room.left - own.left, frame.scrollWidth - frame.clientWidth);
      return {name: card.dataset.node, beyond, width: own.width};
    })`);

test.each([1440, 1024])('pipeline page: a long pipeline fits a window of %i pixels and can be read', async (width) => {
  const page = await openPage(browser, weft.http, {viewport: {width, height: 900}});
  await page.goto('/pipeline');
  await page.getByRole('button', {name: /^Processor probabilistic_sampler/}).waitFor();
  await eventually(async () => (await cards(page)).every(({beyond}) => beyond <= 0)).toBe(true);
  const shown = await cards(page);
  expect(shown).toHaveLength(24);
  for (const card of shown) expect(card.width, card.name).toBeGreaterThanOrEqual(142);
  // The details take room away, or lie over it where there is none to take.
  await page.getByRole('button', {name: /^Exporter weft/}).click();
  const pane = page.getByRole('complementary', {name: 'Details of weft'});
  await pane.getByRole('row', {name: /^traces\/kept/}).waitFor();
  await eventually(async () => Math.max(...(await cards(page)).map(({beyond}) => beyond))).toBeLessThanOrEqual(0);
});

test('pipeline page: tail sampling tells by policy what it kept and dropped, and leads to the traces that it kept', async () => {
  const failed = [1, 2].map(() => traceOf(1000, [{...server, error: 'no money'}]));
  const fine = traceOf(1000, [server]);
  const health = traceOf(1000, [{...server, error: 'no', attributes: {'http.route': '/health'}}]);
  await weft.send(...[...failed, fine, health].map(({body}) => body));
  const page = await openPage(browser, weft.http);
  await page.goto('/pipeline');
  const table = page.locator('section', {has: page.getByRole('heading', {name: /^Tail sampling/})});
  const row = (policy: string) => table.getByRole('row', {name: new RegExp(`^${policy}`)}).textContent();
  await eventually(() => row('errors')).toBe('errors20167 %Show errors');
  await eventually(() => row('no-health')).toBe('no-health013');
  await eventually(async () => {
    await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'});
    const answer = await fetch(`${weft.http}/api/weft/v1/traces?attribute=tailsampling.policy%3Derrors`);
    return ((await answer.json()) as {traces: readonly unknown[]}).traces.length;
  }).toBe(2);
  await table.getByRole('link', {name: 'Show errors'}).click();
  await page.getByText('tailsampling.policy = errors').waitFor();
  await eventually(() => page.locator('[data-row] [data-main]').count()).toBe(2);
  await page.locator('[data-row] [data-main]').first().click();
  await page.getByRole('treeitem').first().waitFor();
});
