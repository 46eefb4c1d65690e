/**
 * `node tools/insight/record.ts`: runs the demo shop, switches on one fault after the other, and keeps some of the traces that it then
 * produces in `fixtures/insight/`, by the marks that docs/shop/ names and not by what insight says of them. Takes ten minutes.
 * `--from DIR` takes what was recorded before (and `--keep DIR` keeps it). `--only NAMES` records and keeps these alone.
 */
import {appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import type {SpanBatch} from '../../server/src/model/index.ts';
import {otlp} from '../../server/src/wire/index.ts';
import {type FaultId, faultIds} from '../../shop/src/faults.ts';
import {type RecordedShop, recordShop} from './shop-spans.ts';
import {tracesOf} from './traces.ts';

interface Recorded {
  readonly service: string;
  readonly version: string;
  readonly name: string;
  readonly id: string;
  readonly parent: string;
  readonly ms: number;
  readonly failed: boolean;
  readonly message: string;
  readonly traceState: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Fixture → the fault under which it is recorded, and what marks its traces. The first few whole ones are kept. */
const cases: Record<
  string,
  {readonly fault: FaultId | 'healthy'; has(spans: readonly Recorded[], root: Recorded): boolean}
> = {
  'slow-checkout': {fault: 'slow-checkout', has: (_, root) => root.name === 'POST /api/checkout' && root.ms > 5_000},
  'provider-outage': {fault: 'provider-outage', has: (_, root) => root.failed && root.ms > 5_000},
  'provider-outage-open': {
    fault: 'provider-outage',
    has: (spans, root) =>
      root.failed &&
      root.ms < 1_000 &&
      spans.some((span) => span.attributes.get('circuit_breaker.rejected') === 'true'),
  },
  'fourth-layer-error': {
    fault: 'fourth-layer-error',
    has: (spans, root) => root.failed && spans.some((span) => span.name === 'get' && span.failed),
  },
  deadlock: {
    fault: 'deadlock',
    has: (spans, root) =>
      root.failed && spans.some((span) => span.name.startsWith('pg.query') && span.message === 'deadlock detected'),
  },
  'deadlock-other': {
    fault: 'deadlock',
    has: (spans, root) => !root.failed && spans.some((span) => span.name === 'pg.query:UPDATE shop' && span.ms > 4_000),
  },
  'missing-index': {
    fault: 'missing-index',
    has: (spans, root) =>
      root.service === 'gateway' &&
      !root.failed &&
      spans.some((span) => span.name === 'pg.query:SELECT shop' && span.ms > 1_000 && span.service === 'inventory'),
  },
  'pool-restart': {
    fault: 'pool-restart',
    has: (spans, root) => root.failed && spans.some((span) => span.name === 'saga.compensate reserve stock'),
  },
  'pool-exhausted': {
    fault: 'pool-exhausted',
    has: (spans, root) =>
      root.failed && spans.some((span) => span.service === 'order' && span.name === 'pg-pool.connect' && span.failed),
  },
  'lost-context': {
    fault: 'lost-context',
    has: (_, root) => root.service === 'inventory' && root.name === 'POST /reservations',
  },
  'sensitive-data': {
    fault: 'sensitive-data',
    has: (spans) => spans.some((span) => span.attributes.has('payment.card_number')),
  },
  'cardinality-explosion': {
    fault: 'cardinality-explosion',
    has: (_, root) => root.service === 'gateway' && root.name.includes('visit='),
  },
  'chatty-n-plus-1': {
    fault: 'chatty-n-plus-1',
    has: (spans, root) => root.name === 'GET /api/orders' && spans.length > 40,
  },
  'slow-consumer': {
    fault: 'slow-consumer',
    has: (spans) =>
      spans.some(
        (span) =>
          span.name === 'send order confirmation' && Number(span.attributes.get('messaging.message.age_ms')) > 10_000,
      ),
  },
  'head-sampling': {
    fault: 'head-sampling',
    has: (_, root) => root.service === 'gateway' && /ot=th:f/.test(root.traceState),
  },
  'bad-canary': {
    fault: 'bad-canary',
    has: (spans, root) => root.failed && spans.some((span) => span.failed && span.version === '3.2.0-canary'),
  },
  healthy: {fault: 'healthy', has: () => true},
};
/** What the bad ones share is told of them among the others: requests of the time under a fault, evenly thinned. */
const checkout = 'POST /api/checkout';
for (const fault of ['bad-canary', 'slow-checkout', 'pool-restart'] as const)
  cases[`${fault}-among`] = {fault, has: (_, root) => root.name === checkout};
cases['missing-index-among'] = {
  fault: 'missing-index',
  has: (_, root) => root.service === 'gateway' && root.name !== 'GET /',
};
const kept = (name: string): number => (name.endsWith('-among') ? 120 : name === 'healthy' ? 60 : 3);

/** A function, for what is wanted is known once the command line is read. */
function isWanted(name: string): boolean {
  return only === undefined || only.includes(name);
}

/** Faults with a mend: fixtures `mend-ID-before` and `mend-ID-after`, of the traces that have such a span. */
const mends: Partial<Record<FaultId, (span: Recorded) => boolean>> = {
  'missing-index': ({name, attributes}) => name === 'check stock' && attributes.get('cache.hit') === 'false',
  deadlock: ({name}) => name === 'deduct stock',
  'pool-restart': ({name}) => name === 'POST /charges',
  'chatty-n-plus-1': ({name}) => name === 'GET /api/orders',
};
const mendSides = ['before', 'after'] as const;
const mendSeconds = 40;
const keptOfMends = 80;

/** Seconds under each fault, where twenty do not show it. */
const seconds: Partial<Record<FaultId | 'healthy', number>> = {
  healthy: 30,
  'slow-checkout': 30,
  'provider-outage': 30,
  deadlock: 35,
  'missing-index': 45,
  'bad-canary': 40,
  'pool-restart': 75,
  'pool-exhausted': 40,
  'slow-consumer': 40,
  'head-sampling': 60,
};

async function record(directory: string): Promise<void> {
  let phase = 'start';
  const recorded = await recordShop('rush', (request) => appendFileSync(join(directory, `${phase}.pb`), request));
  try {
    await sleep(4_000);
    phase = 'healthy';
    await sleep((seconds.healthy ?? 20) * 1_000);
    for (const id of faultIds.filter((fault) =>
      Object.entries(cases).some(([name, one]) => isWanted(name) && one.fault === fault),
    )) {
      console.log(id);
      phase = id;
      await recorded.shop.faults.set(id, 'on', id === 'pool-restart' ? 12 : undefined);
      recorded.shop.setLoad(id === 'head-sampling' || id === 'slow-consumer' ? 'flash' : 'rush');
      await sleep((seconds[id] ?? 20) * 1_000);
      await recorded.shop.faults.set(id, 'off');
      // What was under way ends, and what the services hold back is sent.
      await sleep(9_000);
      phase = `after-${id}`;
      await sleep(3_000);
    }
    await recordMends(recorded, (next) => {
      phase = next;
    });
  } finally {
    await recorded.stop();
  }
}

/** With each fault on, and then with its mend. */
async function recordMends({shop}: RecordedShop, enter: (phase: string) => void): Promise<void> {
  shop.setLoad('rush');
  for (const id of Object.keys(mends) as FaultId[]) {
    for (const side of mendSides.filter((one) => isWanted(`mend-${id}-${one}`))) {
      console.log(`${id}, ${side} its mend`);
      enter(`mend-${id}-${side === 'before' ? 'setting' : 'mending'}`);
      await shop.faults.set(id, side === 'before' ? 'on' : 'mended', id === 'pool-restart' ? 12 : undefined);
      // Requests that began before it end.
      await sleep(6_000);
      enter(`mend-${id}-${side}`);
      await sleep(mendSeconds * 1_000);
    }
    enter('between');
    await shop.faults.set(id, 'off');
    await sleep(6_000);
  }
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
}
interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}
interface OtlpRequest {
  readonly resourceSpans: {
    resource: {attributes: OtlpAttribute[]};
    readonly scopeSpans: {
      readonly spans: {
        readonly name: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly status?: {readonly code?: number | string; readonly message?: string};
        readonly traceState?: string;
        readonly attributes?: OtlpAttribute[];
      }[];
    }[];
  }[];
}

const toRequest = (batch: SpanBatch): OtlpRequest =>
  JSON.parse(new TextDecoder().decode(otlp.traces.encodeJson(batch)));
const textOf = ({stringValue, intValue, boolValue, doubleValue}: OtlpValue): string =>
  String(stringValue ?? intValue ?? boolValue ?? doubleValue ?? '');

function spansOf(request: OtlpRequest): Recorded[] {
  return request.resourceSpans.flatMap(({resource, scopeSpans}) => {
    const of = (key: string): string => textOf(resource.attributes.find((one) => one.key === key)?.value ?? {});
    return scopeSpans.flatMap(({spans}) =>
      spans.map((span) => ({
        service: of('service.name'),
        version: of('service.version'),
        name: span.name,
        id: span.spanId,
        parent: span.parentSpanId ?? '',
        ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        failed: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
        message: span.status?.message ?? '',
        traceState: span.traceState ?? '',
        attributes: new Map((span.attributes ?? []).map(({key, value}) => [key, textOf(value)])),
      })),
    );
  });
}

/** The machine that it was recorded on is nobody's business. */
function withoutPlace(request: OtlpRequest): string {
  for (const {resource} of request.resourceSpans) {
    resource.attributes = resource.attributes.flatMap((one) =>
      /^(process|os)\.|^host\.(name|arch|ip)$/.test(one.key)
        ? []
        : one.key === 'host.id'
          ? [{key: one.key, value: {stringValue: 'demo-machine'}}]
          : [one],
    );
  }
  const root = join(import.meta.dirname, '../..');
  return JSON.stringify(request)
    .replaceAll(root, '/weft')
    .replace(/\/[\w./-]*\/node_modules\//g, '/weft/node_modules/');
}

interface Fixture {
  /** The phase that it is of. */
  readonly fault: string;
  has(spans: readonly Recorded[], root: Recorded): boolean;
  readonly most: number;
}

function fixtures(): (readonly [name: string, fixture: Fixture])[] {
  return [
    ...Object.entries(cases).map(([name, one]) => [name, {...one, most: kept(name)}] as const),
    ...Object.entries(mends).flatMap(([id, isOf]) =>
      mendSides.map((side) => {
        const name = `mend-${id}-${side}`;
        const has = (spans: readonly Recorded[]): boolean => spans.some(isOf);
        return [name, {fault: name, has, most: keptOfMends}] as const;
      }),
    ),
  ];
}

function keep(directory: string): void {
  const target = join(import.meta.dirname, '../../fixtures/insight');
  mkdirSync(target, {recursive: true});
  for (const [name, {fault, has, most}] of fixtures()) {
    if (!isWanted(name)) continue;
    const file = join(directory, `${fault}.pb`);
    const found: OtlpRequest[] = [];
    for (const batch of existsSync(file) ? tracesOf(readFileSync(file)) : []) {
      const request = toRequest(batch);
      const spans = spansOf(request);
      const ids = new Set(spans.map(({id}) => id));
      const root = spans.find(({parent}) => parent === '');
      const isWhole = root !== undefined && spans.every(({parent}) => parent === '' || ids.has(parent));
      if (isWhole && has(spans, root)) found.push(request);
    }
    // From all over the time: the first traces under a fault are those before it took hold.
    const step = Math.max(1, found.length / most);
    const some = Array.from(
      {length: Math.min(most, found.length)},
      (_, i) => found[Math.floor(i * step)] as OtlpRequest,
    );
    if (some.length === 0) throw new Error(`${name}: no trace under the fault ${fault} has its mark`);
    const merged = withoutPlace({resourceSpans: some.flatMap(({resourceSpans}) => resourceSpans)});
    writeFileSync(join(target, `${name}.json.gz`), gzipSync(merged, {level: 9}));
    console.log(`${name}: ${some.length} of ${found.length}`);
  }
}

const {values} = parseArgs({options: {from: {type: 'string'}, keep: {type: 'string'}, only: {type: 'string'}}});
const only = values.only?.split(',');
const directory = values.from ?? values.keep ?? mkdtempSync(join(tmpdir(), 'weft-insight-'));
if (values.from === undefined) {
  mkdirSync(directory, {recursive: true});
  await record(directory);
}
keep(directory);
if (values.from === undefined && values.keep === undefined) rmSync(directory, {recursive: true});
