/** The map of services, used as a person would, over spans like the shop's: its services, PostgreSQL, Redis and Kafka. */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {eventually, openBrowser, openPage} from './ui-testing.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let weft: RunningWeft;
let browser: Browser;

const kinds = {internal: 1, server: 2, client: 3, producer: 4, consumer: 5} as const;
interface Told {
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  readonly kind: keyof typeof kinds;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly failed?: true;
}

/** One purchase as the shop's services send it, `ago` milliseconds ago. */
const purchase: readonly Told[] = [
  {id: '1', service: 'gateway', name: 'POST /checkout', kind: 'server'},
  {id: '2', parent: '1', service: 'gateway', name: 'POST', kind: 'client', attributes: {'server.address': 'order'}},
  {id: '3', parent: '2', service: 'order', name: 'POST /orders', kind: 'server', failed: true},
  {
    id: '4',
    parent: '3',
    service: 'order',
    name: 'INSERT',
    kind: 'client',
    attributes: {'db.system.name': 'postgresql', 'db.namespace': 'shop'},
  },
  {
    id: '5',
    parent: '3',
    service: 'order',
    name: 'send orders',
    kind: 'producer',
    attributes: {'messaging.system': 'kafka', 'messaging.destination.name': 'orders'},
  },
  {
    id: '6',
    parent: '5',
    service: 'notification',
    name: 'process orders',
    kind: 'consumer',
    attributes: {'messaging.system': 'kafka', 'messaging.destination.name': 'orders'},
  },
  {
    id: '7',
    parent: '6',
    service: 'notification',
    name: 'GET',
    kind: 'client',
    attributes: {'db.system': 'redis', 'server.address': 'cache'},
  },
  {id: '8', parent: '3', service: 'order', name: 'POST', kind: 'client', attributes: {'server.address': 'pay.example'}},
  // The context is lost on the way: the caller names a service whose spans begin traces of their own.
  {id: '9', parent: '3', service: 'order', name: 'POST', kind: 'client', attributes: {'server.address': 'inventory'}},
  {id: 'a', parent: 'f0', service: 'inventory', name: 'POST /reserve', kind: 'server'},
];

function bodyOf(spans: readonly Told[], trace: string, ago: number): object {
  const at = (ms: number): string => String((BigInt(Date.now() - ago) + BigInt(ms)) * 1_000_000n);
  const text = (key: string, value: string) => ({key, value: {stringValue: value}});
  return {
    resourceSpans: [...Map.groupBy(spans, ({service}) => service)].map(([service, list]) => ({
      resource: {attributes: [text('service.name', service)]},
      scopeSpans: [
        {
          spans: list.map(({id, parent, name, kind, attributes = {}, failed}) => ({
            traceId: trace,
            spanId: id.padStart(16, '0'),
            ...(parent === undefined ? {} : {parentSpanId: parent.padStart(16, '0')}),
            name,
            kind: kinds[kind],
            startTimeUnixNano: at(spans.findIndex((one) => one.id === id)),
            endTimeUnixNano: at(40),
            attributes: Object.entries(attributes).map(([key, value]) => text(key, value)),
            ...(failed ? {status: {code: 2}} : {}),
          })),
        },
      ],
    })),
  };
}

const many = Array.from(
  {length: 90},
  (_, i): Told => ({
    id: (i + 1).toString(16),
    ...(i === 0 ? {} : {parent: (Math.floor((i - 1) / 4) + 1).toString(16)}),
    service: `fleet-${i}`,
    name: 'GET',
    kind: 'server',
  }),
);

beforeAll(async () => {
  [weft, browser] = await Promise.all([startWeft(), openBrowser()]);
  const traces = Array.from({length: 5}, (_, i) => bodyOf(purchase, `${i + 1}`.padStart(32, 'a'), 60_000));
  await weft.send(...traces);
  // The gateway has spans, but none of one of its routes; the nightly job has none at all.
  await sendLogs('gateway', '/checkout');
  await sendLogs('gateway', '/status');
  await sendLogs('nightly', undefined);
  await weft.send();
});
async function sendLogs(service: string, route: string | undefined): Promise<void> {
  const text = (key: string, value: string) => ({key, value: {stringValue: value}});
  const record = {
    timeUnixNano: `${BigInt(Date.now() - 60_000) * 1_000_000n}`,
    body: {stringValue: 'done'},
    attributes: route === undefined ? [] : [text('http.route', route)],
  };
  const resourceLogs = [{resource: {attributes: [text('service.name', service)]}, scopeLogs: [{logRecords: [record]}]}];
  const response = await fetch(`http://${weft.endpoints.otlp_http}/v1/logs`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceLogs}),
  });
  expect(response.status).toBe(200);
}
afterAll(async () => {
  await browser?.close();
  await weft?.stop();
});

const node = (page: Page, id: string) => page.locator(`[data-node=${JSON.stringify(id)}]`);
const nodesOf = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('[data-node]')].map((one) => one.dataset.node).sort()`);
async function openMap(path = '/map?last=15m', options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  const page = await openPage(browser, weft.http, options);
  await page.goto(path);
  return page;
}

test('map: services, databases, queues, external systems and callers, each with its kind', async () => {
  const page = await openMap();
  await node(page, 'service:gateway').waitFor();
  expect(await nodesOf(page)).toEqual([
    'database:postgresql/shop',
    'database:redis/cache',
    'external:inventory',
    'external:pay.example',
    'queue:kafka/orders',
    'service:gateway',
    'service:inventory',
    'service:notification',
    'service:order',
    'user:user',
  ]);
  const left = async (id: string) => (await node(page, id).boundingBox())!.x;
  expect(await left('user:user')).toBeLessThan(await left('service:gateway'));
  expect(await left('service:gateway')).toBeLessThan(await left('service:order'));
  expect(await left('service:order')).toBeLessThan(await left('queue:kafka/orders'));
  expect(await left('queue:kafka/orders')).toBeLessThan(await left('service:notification'));
});

test.each([1280, 1024])('map: five columns fit into a window of %d px, without scrolling', async (width) => {
  const page = await openMap('/map?last=15m', {viewport: {width, height: 800}});
  await node(page, 'service:gateway').waitFor();
  const frame = page.locator('[role=group][aria-label^=Services]').locator('..');
  await eventually(() => frame.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
  for (const box of await page.locator('[data-node]').all()) {
    const {x, width: wide} = (await box.boundingBox())!;
    expect(wide).toBeGreaterThanOrEqual(112);
    expect(x + wide).toBeLessThanOrEqual(width);
  }
});

test('map: a chosen environment is said not to narrow it', async () => {
  const page = await openMap('/map?last=15m&environment=production');
  await page.getByText('production does not narrow them').waitFor();
});

test('map: a node leads to its neighbourhood by click and by key, the address restores it, and its edges have figures', async () => {
  const page = await openMap();
  await node(page, 'service:notification').click();
  await eventually(() => nodesOf(page)).toEqual(['database:redis/cache', 'queue:kafka/orders', 'service:notification']);
  await page.reload();
  await eventually(() => nodesOf(page)).toEqual(['database:redis/cache', 'queue:kafka/orders', 'service:notification']);
  const details = page.getByRole('complementary', {name: 'Details'});
  await details.getByRole('button', {name: /cache/}).click();
  await eventually(() => details.innerText()).toContain('notification queries cache');
  expect(await details.innerText()).toMatch(/Calls\s+5/);
  expect(await details.getByRole('link', {name: 'Failed traces'}).getAttribute('href')).toContain(
    'service=notification',
  );
  await page.getByRole('button', {name: 'Whole map'}).click();
  await node(page, 'service:gateway').focus();
  await page.keyboard.press('ArrowRight');
  await eventually(() => page.evaluate<string>('document.activeElement.dataset.node')).toBe('service:order');
  await page.keyboard.press('Enter');
  await eventually(() => new URL(page.url()).searchParams.get('focus')).toBe('service:order');
});

test('map: one that is not there is said to be missing, and the whole map is shown', async () => {
  const page = await openMap('/map?last=15m&focus=service%3Acart');
  await page.getByRole('status').filter({hasText: 'cart made and got no call in this time'}).waitFor();
  await node(page, 'service:order').waitFor();
  await page.getByRole('button', {name: 'Whole map'}).click();
  await eventually(() => new URL(page.url()).searchParams.get('focus')).toBeNull();
  expect(await page.getByText('cart made and got no call').count()).toBe(0);
});

test('map: the same as a table, found by name', async () => {
  const page = await openMap('/map?last=15m&view=table&find=postgres');
  const rows = page.getByRole('region', {name: 'Edges of the service map'}).getByRole('row');
  await rows.nth(1).waitFor();
  expect((await rows.allInnerTexts()).join('\n')).toMatch(/order\s+queries\s+shop/);
});

test('map: trace health names the orphans, and the edge on which the context breaks', async () => {
  const page = await openMap('/map?last=15m&view=propagation');
  const row = page.getByRole('row').filter({hasText: 'inventory'});
  await row.waitFor();
  expect(await row.innerText()).toMatch(/inventory\s+5\s+5\s+100/);
  await page.getByText(/order calls inventory 5 times without a span of inventory below/).waitFor();
});

test('map: trace health names services and routes that logs know and traces do not', async () => {
  const page = await openMap('/map?last=15m&view=propagation');
  await page.getByRole('listitem').filter({hasText: 'nightly 1 logs, 0 series'}).waitFor();
  await page.getByRole('listitem').filter({hasText: 'gateway · /status 1 logs, 0 series'}).waitFor();
  expect(await page.getByText('gateway · /checkout').count()).toBe(0);
});

test('map: 90 services are folded to the busiest, and all can be shown', async () => {
  const folded = await startWeft();
  try {
    await folded.send(bodyOf(many, 'c'.repeat(32), 60_000));
    const page = await openPage(browser, folded.http);
    await page.goto('/map?last=15m');
    await node(page, 'service:fleet-0').waitFor();
    expect(await page.locator('[data-node]').count()).toBe(40);
    await page.getByRole('button', {name: 'Show all'}).click();
    await eventually(() => page.locator('[data-node]').count()).toBe(91);
    await page.context().close();
  } finally {
    await folded.stop();
  }
});

test('map: nothing in a time says so, and says when edges appear', async () => {
  const page = await openMap('/map?start=2020-01-01T00:00:00Z&end=2020-01-01T01:00:00Z');
  await page.getByText('No calls in this time.').waitFor();
});

test('map: names, roles and contrast are as WCAG wants them, in both schemes', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const view of ['', '&view=table', '&view=propagation', '&focus=service:order']) {
      const page = await openMap(`/map?last=15m${view}`, {colorScheme});
      await page.getByText('order').first().waitFor();
      await page.evaluate(axe);
      const found = await page.evaluate<{violations: {id: string; nodes: {html: string}[]}[]}>('axe.run()');
      expect(
        found.violations.map(({id, nodes}) => [id, nodes[0]?.html]),
        `${colorScheme} ${view}`,
      ).toEqual([]);
      await page.close();
    }
  }
});
