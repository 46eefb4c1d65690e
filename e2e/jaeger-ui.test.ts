/**
 * Jaeger's own page against Weft. What it asks was recorded on a walk through its release 2.20 (`fixtures/jaeger/ui-requests.json`) and
 * is asked here always. The walk itself needs the built page: `WEFT_JAEGER_UI` names the folder with its `index.html`.
 */
import {existsSync, readFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type RunningWeft, startWeft} from './harness.ts';
import {openBrowser, openPage, type SpanSketch, traceOf} from './ui-testing.ts';

const page = process.env.WEFT_JAEGER_UI ?? '';
const isBuilt = existsSync(join(page, 'index.html'));
const skipped = 'Jaeger’s page is not here: build it and name its folder in WEFT_JAEGER_UI';

/** Of the page's files; every other address is the page itself. */
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const checkout = (failed: boolean): SpanSketch[] => [
  {
    id: 'a',
    service: 'gateway',
    name: 'POST /checkout',
    kind: 2,
    start: 0,
    end: 200,
    ...(failed && {error: 'declined'}),
  },
  {id: 'b', parent: 'a', service: 'gateway', name: 'charge', kind: 3, start: 10, end: 190},
  {
    id: 'c',
    parent: 'b',
    service: 'payment',
    name: 'POST /charge',
    kind: 2,
    start: 20,
    end: 180,
    ...(failed && {error: 'declined'}),
  },
];

let weft: RunningWeft;
const ids: string[] = [];
beforeAll(async () => {
  weft = await startWeft();
  for (const failed of [false, true]) {
    const {traceId, body} = traceOf(120_000, checkout(failed));
    ids.push(traceId);
    await weft.send(body);
  }
});
afterAll(() => weft?.stop());

/** Milliseconds and ids of a walk as names, so that one recorded then can be asked now. */
const known = (): Readonly<Record<string, string>> => ({
  trace: ids[0] as string,
  other: ids[1] as string,
  now: String(Date.now()),
  from: new Date(Date.now() - 3_600_000).toISOString(),
  to: new Date().toISOString(),
});

interface Recorded {
  readonly path: string;
  /** What the page reads of the answer. */
  readonly reads: Readonly<Record<string, unknown>>;
}
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../fixtures/jaeger/ui-requests.json', import.meta.url), 'utf8'),
);

describe('Jaeger’s page asks', () => {
  it.each(recorded)('$path', async ({path, reads}) => {
    const names = known();
    const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? name);
    const response = await fetch(weft.http + fill(path).replaceAll(' ', '%20'));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(JSON.parse(fill(JSON.stringify(reads))));
  });

  it('shows latency, errors and calls where there were some', async () => {
    const value = async (metric: string): Promise<number> => {
      const query = `service=payment&endTs=${Date.now()}&lookback=3600000&quantile=0.95&ratePer=600000&spanKind=server&step=60000`;
      const {metrics} = (await (await fetch(`${weft.http}/api/metrics/${metric}?${query}`)).json()) as MetricFamily;
      return metrics[0]?.metricPoints.at(-1)?.gaugeValue.doubleValue as number;
    };
    expect(await value('errors')).toBe(0.5);
    expect(await value('calls')).toBeCloseTo(2 / 600, 3);
    // The durations are counted in steps of 9 %.
    expect(await value('latencies')).toBeGreaterThan(160 * 0.95);
    expect(await value('latencies')).toBeLessThan(160 * 1.05);
  });
});

interface MetricFamily {
  readonly metrics: readonly {
    readonly metricPoints: readonly {readonly gaugeValue: {readonly doubleValue: number}}[];
  }[];
}

describe.skipIf(!isBuilt)(`Jaeger’s page in a browser${isBuilt ? '' : ` (${skipped})`}`, () => {
  let browser: Browser;
  let server: Server;
  let url: string;
  const asked = new Set<string>();
  beforeAll(async () => {
    browser = await openBrowser();
    server = servePage();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** The page's files, and Weft behind its `/api`, as Jaeger's query service serves both. */
  function servePage(): Server {
    const index = readFileSync(join(page, 'index.html'), 'utf8').replace(
      /metricsStorage: false/,
      'metricsStorage: true',
    );
    return createServer(async (request, response) => {
      const target = request.url ?? '/';
      const [path = '/'] = target.split('?', 1);
      if (path.startsWith('/api/')) {
        const answer = await fetch(weft.http + target);
        asked.add(path.replace(/[0-9a-f]{32}/, '{trace}'));
        response.writeHead(answer.status, {'content-type': answer.headers.get('content-type') ?? ''});
        return response.end(Buffer.from(await answer.arrayBuffer()));
      }
      const type = types[extname(path)];
      // As Jaeger's own server: what is no file of the page is the page, which names its base itself.
      const isFile = type !== undefined && existsSync(join(page, path));
      response.writeHead(200, {'content-type': isFile ? type : 'text/html'});
      response.end(isFile ? readFileSync(join(page, path)) : index);
    });
  }

  const open = (): Promise<Page> =>
    openPage(browser, url, {}, [/antd|deprecated|React Router/i, /preloaded using link preload/]);
  const openTrace = async (): Promise<Page> => {
    const tab = await open();
    await tab.goto(`/trace/${ids[0]}`);
    await tab.locator('.span-row').first().waitFor();
    return tab;
  };

  it('search finds both traces and sorts them', async () => {
    const tab = await open();
    const since = (Date.now() - 3_600_000) * 1000;
    await tab.goto(`/search?service=gateway&lookback=1h&limit=20&start=${since}&end=${Date.now() * 1000}`);
    await tab.getByText('2 traces').first().waitFor();
    expect(await tab.getByText('gateway: POST /checkout').count()).toBe(2);
  });

  it('a trace: timeline, statistics, table, flame graph and graph', async () => {
    const tab = await openTrace();
    expect(await tab.locator('.span-row').count()).toBe(3);
    for (const [view, shown] of [
      ['Trace Statistics', 'ST Total'],
      ['Trace Spans Table', 'Trace Tabular View'],
      ['Trace Flamegraph', 'Flamegraph'],
      ['Trace Graph', 'POST /charge'],
    ] as const) {
      await tab.locator('[class*=AltView]').first().click();
      await tab.getByText(view, {exact: true}).last().click();
      await tab.getByText(shown).last().waitFor();
    }
  });

  it('two traces compared', async () => {
    const tab = await open();
    await tab.goto(`/trace/${ids[0]}...${ids[1]}?cohort=${ids[0]}&cohort=${ids[1]}`);
    await tab.getByText('VS').waitFor();
    await tab.getByText('POST /charge').first().waitFor();
  });

  it('the graph of dependencies', async () => {
    const tab = await open();
    await tab.goto('/dependencies');
    await tab.getByTestId('dagNodeLabel').filter({hasText: 'payment'}).waitFor();
    expect(await tab.getByTestId('dagNodeLabel').count()).toBe(2);
  });

  it('the monitor', async () => {
    const tab = await open();
    await tab.goto('/monitor');
    await tab.getByText('Operations metrics under gateway').waitFor();
    await tab.getByRole('cell', {name: 'POST /checkout'}).waitFor();
  });

  it('asked for nothing that is not recorded', () => {
    const paths = new Set(recorded.map(({path}) => path.split('?', 1)[0] as string));
    expect([...asked].filter((path) => !paths.has(path.replace('{other}', '{trace}')))).toEqual([]);
  });
});
