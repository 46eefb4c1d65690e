/** Shared by the tests of the page: a browser, and traces written as short lists of spans. */
import {randomBytes} from 'node:crypto';
import {type Browser, type BrowserContextOptions, chromium, type Locator, type Page} from 'playwright-core';
import {expect, onTestFinished} from 'vitest';

/** `expect` for what the page shows a moment later; so it is with everything that a click or an answer changes. */
export const eventually = <T>(read: () => T, message?: string) =>
  expect.poll(read, message === undefined ? {} : {message});

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * A page of its own, in English unless told otherwise, closed when the test is over. The test fails by whatever the page throws
 * or writes to the browser's console as an error or a warning, except what `expected` fits: a refused request is written there too.
 * A test that runs beside others gives its `own` hooks.
 */
export async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
  expected: readonly RegExp[] = [],
  own: {readonly expect: typeof expect; readonly onTestFinished: typeof onTestFinished} = {expect, onTestFinished},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    locale: 'en-GB',
    viewport: {width: 1440, height: 900},
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  const tell = (fault: string): void => {
    if (!expected.some((one) => one.test(fault))) faults.push(fault);
  };
  page.on('pageerror', (error) => tell(`thrown: ${error.message}`));
  page.on('console', (message) => {
    const type = message.type();
    if (type === 'error' || type === 'warning') tell(`${type}: ${message.text()} (${message.location().url})`);
  });
  own.onTestFinished(async () => {
    await context.close();
    own.expect(faults, 'console of the page').toEqual([]);
  });
  return page;
}

export interface SpanSketch {
  /** Names the span in this trace; others name it as `parent`. */
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  /** Milliseconds after the trace's start. */
  readonly start: number;
  readonly end: number;
  readonly traceState?: string;
  readonly kind?: 1 | 2 | 3 | 4 | 5;
  /** Its machine; by default one of the service's own. */
  readonly host?: string;
  readonly error?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly {
    readonly name: string;
    readonly at: number;
    readonly attributes?: Readonly<Record<string, string>>;
  }[];
  readonly links?: readonly {readonly traceId: string; readonly spanId: string}[];
}

export interface SentTrace {
  readonly traceId: string;
  readonly spanId: (id: string) => string;
  /** The OTLP JSON body. */
  readonly body: unknown;
}

/** A trace that began `ago` milliseconds before now. */
export function traceOf(ago: number, sketches: readonly SpanSketch[]): SentTrace {
  const traceId = randomBytes(16).toString('hex');
  const ids = new Map(sketches.map((sketch) => [sketch.id, randomBytes(8).toString('hex')]));
  // A parent that is not among the sketches gets an id too: it is the one that never arrives.
  const spanId = (id: string): string => {
    const known = ids.get(id) ?? randomBytes(8).toString('hex');
    ids.set(id, known);
    return known;
  };
  const began = BigInt(Date.now() - ago) * 1_000_000n;
  const nanos = (ms: number): string => String(began + BigInt(Math.round(ms * 1e6)));
  const bySender = Map.groupBy(sketches, ({service, host}) => JSON.stringify([service, host ?? `${service}-7f9`]));
  const resourceSpans = [...bySender].map(([sender, spans]) => ({
    resource: {attributes: attributesOf(resourceOf(sender))},
    scopeSpans: [
      {
        scope: {name: 'e2e', version: '1.0.0'},
        spans: spans.map((sketch) => ({
          traceId,
          spanId: spanId(sketch.id),
          ...(sketch.parent === undefined ? {} : {parentSpanId: spanId(sketch.parent)}),
          name: sketch.name,
          kind: sketch.kind ?? 1,
          ...(sketch.traceState === undefined ? {} : {traceState: sketch.traceState}),
          startTimeUnixNano: nanos(sketch.start),
          endTimeUnixNano: nanos(sketch.end),
          attributes: attributesOf(sketch.attributes ?? {}),
          events: (sketch.events ?? []).map((event) => ({
            name: event.name,
            timeUnixNano: nanos(event.at),
            attributes: attributesOf(event.attributes ?? {}),
          })),
          links: sketch.links ?? [],
          ...(sketch.error === undefined ? {} : {status: {code: 2, message: sketch.error}}),
        })),
      },
    ],
  }));
  return {traceId, spanId, body: {resourceSpans}};
}

function resourceOf(sender: string): Record<string, string> {
  const [service, host] = JSON.parse(sender) as [string, string];
  return {'service.name': service, 'service.version': '1.4.2', 'host.name': host};
}

function attributesOf(values: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({key, value: anyValue(value)}));
}

function anyValue(value: unknown): unknown {
  if (typeof value === 'boolean') return {boolValue: value};
  if (typeof value === 'bigint') return {intValue: String(value)};
  if (typeof value === 'number') return Number.isInteger(value) ? {intValue: String(value)} : {doubleValue: value};
  if (Array.isArray(value)) return {arrayValue: {values: value.map(anyValue)}};
  return {stringValue: String(value)};
}

/** The 8-second checkout: two failed payments, two waits, a third that works; `order` 41 of tenant acme. */
export function slowCheckout(ago: number): SentTrace {
  const refused = 'provider answered 503';
  const attempt = (n: number, start: number, end: number, error?: string): SpanSketch[] => [
    {
      id: `call${n}`,
      parent: 'charge',
      service: 'order',
      name: 'POST /charge',
      kind: 3,
      start,
      end,
      ...(error === undefined ? {} : {error}),
    },
    {
      id: `pay${n}`,
      parent: `call${n}`,
      service: 'payment',
      name: 'charge card',
      kind: 2,
      start: start + 2,
      end: end - 2,
      attributes: {'http.response.status_code': error === undefined ? 200 : 503, 'payment.attempt': n},
      ...(error === undefined
        ? {}
        : {
            error,
            events: [
              {
                name: 'exception',
                at: end - 5,
                attributes: {
                  'exception.type': 'PaymentDeclined',
                  'exception.message': error,
                  'exception.stacktrace': `PaymentDeclined: ${error}\n    at charge (/app/payment/provider.js:88:11)\n    at run (node:internal/timers:1:1)`,
                },
              },
            ],
          }),
    },
  ];
  return traceOf(ago, [
    {
      id: 'root',
      service: 'gateway',
      name: 'POST /checkout',
      kind: 2,
      start: 0,
      end: 8040,
      attributes: {
        'http.route': '/checkout',
        tenant: 'acme',
        'order.id': 41n,
        'order.total': 12.5,
        express: true,
        tags: ['a', 'b'],
      },
    },
    {id: 'order', parent: 'root', service: 'order', name: 'create order', kind: 2, start: 3, end: 8030},
    {id: 'stock', parent: 'order', service: 'inventory', name: 'UPDATE stock', kind: 3, start: 6, end: 20},
    {id: 'charge', parent: 'order', service: 'order', name: 'charge', start: 22, end: 8020},
    ...attempt(1, 24, 980, refused),
    {id: 'wait1', parent: 'charge', service: 'order', name: 'backoff wait', start: 980, end: 2980},
    ...attempt(2, 2980, 3940, refused),
    {id: 'wait2', parent: 'charge', service: 'order', name: 'backoff wait', start: 3940, end: 6940},
    ...attempt(3, 6940, 8010),
  ]);
}

/** A quick page view, without errors. */
export function quickBrowse(ago: number, name = 'GET /products'): SentTrace {
  return traceOf(ago, [
    {
      id: 'root',
      service: 'gateway',
      name,
      kind: 2,
      start: 0,
      end: 12,
      attributes: {tenant: 'globex', 'http.route': '/products'},
    },
    {id: 'list', parent: 'root', service: 'inventory', name: 'SELECT products', kind: 3, start: 2, end: 10},
  ]);
}

/** Chooses a radio button under its paint. What it stands for may be asked of Weft first: it shows as chosen a moment later. */
export async function choose(radio: Locator): Promise<void> {
  await radio.click({force: true});
  await expect.poll(() => radio.isChecked()).toBe(true);
}
