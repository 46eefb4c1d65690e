/** The service graph against a plain reading of the spans: late ones, copies, several tenants, kept, counted again, restarted. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type TenantId, unixNano} from '../base/index.ts';
import {appendAttribute, createSpanBatch, type SpanBatch} from '../model/index.ts';
import {seededRandom} from '../model/testing.ts';
import {Budget, type StoredGraph} from '../query/index.ts';
import {createGraphKeeper} from './graph-keeper.ts';
import {readGraphs} from './graph-read.ts';
import {createPresence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {createReader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const {signal} = new AbortController();
const asked = () => ({budget: new Budget(signal)});
const second = 1_000_000_000n;
const minute = 60n * second;
/** An hour ago, at the beginning of a minute. */
const begin = ((BigInt(Date.now()) * 1_000_000n) / minute - 60n) * minute;
const minutes = 8;

interface TestSpan {
  readonly tenant: string;
  readonly trace: number;
  readonly id: number;
  /** 0: none. */
  readonly parent: number;
  readonly start: bigint;
  readonly duration: bigint;
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly link?: {readonly trace: number; readonly id: number};
}

/** Traces as trees, some over minutes; some spans are never stored, some come twice. */
function generate(seed: number, traces: number): TestSpan[] {
  const random = seededRandom(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const spans: TestSpan[] = [];
  let id = 1;
  for (let trace = 1; trace <= traces; trace++) {
    const tenant = trace % 5 === 0 ? 'other' : 'default';
    const first = begin + BigInt(pick(minutes * 60_000)) * 1_000_000n;
    const own: TestSpan[] = [];
    for (let i = 0, count = 1 + pick(9); i < count; i++) {
      const parent = own[pick(own.length)];
      const kind = 1 + pick(5);
      const isLong = pick(20) === 0;
      own.push({
        tenant,
        trace: seed * 100_000 + trace,
        id: id++,
        parent: parent?.id ?? (pick(10) === 0 ? 900_000 + id : 0),
        // Some children come minutes after their parents began.
        start: (parent?.start ?? first) + BigInt(pick(pick(15) === 0 ? 200_000 : 50)) * 1_000_000n,
        duration: BigInt(pick(isLong ? 300_000 : 100)) * 1_000_000n,
        service: `service-${pick(5)}`,
        name: pick(30) === 0 ? '' : `operation ${pick(4)}`,
        kind,
        failed: pick(10) === 0,
        attributes:
          kind === 3 && pick(3) === 0
            ? {[pick(2) === 0 ? 'db.system' : 'db.system.name']: 'postgresql', 'db.namespace': `db-${pick(3)}`}
            : kind === 3
              ? {'server.address': `host-${pick(40)}`}
              : kind >= 4
                ? {'messaging.system': 'kafka', 'messaging.destination.name': `topic-${pick(3)}`}
                : {},
      });
    }
    spans.push(...own.filter(() => pick(25) !== 0));
  }
  return spans;
}

/** Edges with calls and errors, and facts of services, as a look at every span finds them. */
function plainly(all: readonly TestSpan[], tenant: string, from: bigint, to: bigint): unknown {
  const spans = all.filter((span) => span.tenant === tenant);
  const byId = new Map(spans.map((span) => [`${span.trace} ${span.id}`, span]));
  const answered = new Set<TestSpan>();
  for (const child of spans) {
    const parent = byId.get(`${child.trace} ${child.parent}`);
    if (parent === undefined || (parent.service === child.service && child.kind !== 2)) continue;
    if (child.start - parent.start < 10n * second) answered.add(parent);
  }
  const edges = new Map<string, [calls: number, errors: number]>();
  const add = (kind: string, a: string, b: string, failed: boolean): void => {
    const edge = edges.get(`${kind} ${a} ${b}`) ?? [0, 0];
    edges.set(`${kind} ${a} ${b}`, [edge[0] + 1, edge[1] + (failed ? 1 : 0)]);
  };
  const facts = new Map<string, number[]>();
  const orphans = new Map<string, number>();
  for (const span of new Set(byId.values())) {
    if (span.start < from || span.start >= to) continue;
    const of = facts.get(span.service) ?? [0, 0, 0, 0];
    facts.set(span.service, of);
    of[0]!++;
    const parent = byId.get(`${span.trace} ${span.parent}`);
    if (span.parent === 0) of[1]!++;
    else if (parent === undefined) {
      of[2]!++;
      const key = `${span.service} ${span.name}`;
      orphans.set(key, (orphans.get(key) ?? 0) + 1);
    } else if (parent.service !== span.service) {
      of[3]!++;
      const isMessage = span.kind === 5 || parent.kind === 4;
      add(
        isMessage ? 'async' : 'call',
        parent.service,
        span.service,
        span.failed || (parent.kind === 3 && parent.failed),
      );
    }
    const {attributes, service, kind, failed} = span;
    if (kind === 2 && span.parent === 0) add('user', 'user', service, failed);
    if (kind === 3 && attributes['db.namespace'] !== undefined)
      add('database', service, `postgresql/${attributes['db.namespace']}`, failed);
    if (kind === 3 && attributes['server.address'] !== undefined && !answered.has(span))
      add('external', service, attributes['server.address'], failed);
    if (kind === 4) add('produce', service, `kafka/${attributes['messaging.destination.name']}`, failed);
    if (kind === 5) add('consume', `kafka/${attributes['messaging.destination.name']}`, service, failed);
  }
  return {edges: sorted(edges), facts: sorted(facts), orphans: sorted(orphans)};
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function shown({edges, services, orphans}: StoredGraph): unknown {
  return {
    edges: sorted(new Map(edges.map(({kind, from, to, calls, errors}) => [`${kind} ${from} ${to}`, [calls, errors]]))),
    facts: sorted(new Map(services.map((of) => [of.name, [of.spans, of.roots, of.orphans, of.remote]]))),
    orphans: sorted(new Map(orphans.map(({service, operation, spans}) => [`${service} ${operation}`, spans]))),
  };
}

const hex = (value: number, digits: number): Uint8Array => Buffer.from(value.toString(16).padStart(digits, '0'), 'hex');

function batchOf(list: readonly TestSpan[]): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const c = batch.spans.columns;
  const resources = new Map<string, number>();
  for (const span of list) {
    let resource = resources.get(span.service);
    if (resource === undefined) {
      const first = batch.attributes.count;
      appendAttribute(batch.attributes, heap, 'service.name', {type: 'string', value: span.service});
      resource = batch.resources.add();
      batch.resources.columns.attributes.setPair(resource, first, 1);
      resources.set(span.service, resource);
    }
    const from = batch.attributes.count;
    for (const [key, value] of Object.entries(span.attributes)) {
      appendAttribute(batch.attributes, heap, key, {type: 'string', value});
    }
    const row = batch.spans.add();
    c.attributes.setPair(row, from, batch.attributes.count - from);
    c.scope.set(row, batch.scopes.add());
    c.resource.set(row, resource);
    c.traceId.set(row, hex(span.trace, 32));
    c.spanId.set(row, hex(span.id, 16));
    if (span.parent !== 0) c.parentSpanId.set(row, hex(span.parent, 16));
    c.start.set(row, span.start);
    c.end.set(row, span.start + span.duration);
    const at = heap.appendText(span.name);
    c.name.setPair(row, at, heap.length - at);
    c.kind.set(row, span.kind);
    c.statusCode.set(row, span.failed ? 2 : 0);
    if (span.link === undefined) continue;
    const link = batch.links.add();
    batch.links.columns.traceId.set(link, hex(span.link.trace, 32));
    batch.links.columns.spanId.set(link, hex(span.link.id, 16));
    c.links.setPair(row, link, 1);
  }
  return batch;
}

let store: TestStore;
const all = generate(1, 700);
/** Every seventh comes late: parents of what is there, and children of it. */
const [early, late] = [all.filter((_, i) => i % 7 !== 0), all.filter((_, i) => i % 7 === 0)];
let now = Date.now();

beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

async function send(spans: readonly TestSpan[]): Promise<void> {
  for (const [tenant, list] of Map.groupBy(spans, (span) => span.tenant)) {
    await store.sink.consume(batchOf(list), {tenant: tenant as TenantId});
  }
  await store.spool.flush();
}

const keeper = () => {
  const presence = createPresence();
  const {queries: client} = store.engine;
  return createGraphKeeper({queries: createQueries(client, presence), client, presence, clock: {now: () => now}});
};
/** Without anything of former questions. */
const ask = (tenant: string, from: bigint, to: bigint) =>
  createReader({client: store.engine.queries, clock: {now: () => now}}).serviceGraph(
    tenant as TenantId,
    {start: unixNano(from), end: unixNano(to)},
    asked(),
  );

async function expectPlain(spans: readonly TestSpan[]): Promise<void> {
  const end = begin + BigInt(minutes + 10) * minute;
  for (const tenant of ['default', 'other']) {
    expect(shown(await ask(tenant, begin, end)), tenant).toEqual(plainly(spans, tenant, begin, end));
  }
  const random = seededRandom(3);
  for (let i = 0; i < 5; i++) {
    const from = begin + BigInt(Math.floor(random() * 6 * 60_000)) * 1_000_000n;
    const to = from + BigInt(Math.floor(random() * 5 * 60_000)) * 1_000_000n + 1n;
    expect(shown(await ask('default', from, to)), `${from} ${to}`).toEqual(plainly(spans, 'default', from, to));
  }
}

test('service graph: what is read of the spans is what a look at each of them finds', async () => {
  await send(early);
  await expectPlain(early);
});

test('service graph: the same once it has been counted, in every tenant, and nothing is left to count', async () => {
  expect(await keeper().cycle()).toBeGreaterThan(minutes);
  await expectPlain(early);
  const kept = await kinds();
  expect(kept.rows).toBeGreaterThan(minutes);
  expect(await keeper().cycle()).toBe(0);
});

test('service graph: spans that come late, twice or as parents of what was an orphan are in it at once, and in what is counted again', async () => {
  await send(late);
  await send(early.slice(0, 100));
  await expectPlain(all);
  // Minutes are counted again when they are some times as old.
  now += 4 * 3_600_000;
  expect(await keeper().cycle()).toBeGreaterThan(0);
  await walkOlder();
  await expectPlain(all);
  expect((await kinds()).stale).toBe(0);
});

test('service graph: two that count the same minutes at once end with the same', async () => {
  await store.engine.client.command({query: 'TRUNCATE TABLE service_graph'});
  await Promise.all([walkOlder(), walkOlder()]);
  await expectPlain(all);
});

test('service graph: ids that a broken sender repeats a hundred thousand times cost no more than others', async () => {
  const [tenant, trace, count] = ['repeats', 9_000_001, 100_000];
  const span = {tenant, trace, start: begin, duration: second, kind: 3, failed: false, attributes: {}};
  const server = {...span, service: 'callee', name: 'answer', kind: 2, parent: 7};
  await send([
    // The same span again and again, and one id with a parent of its own each time.
    ...Array.from({length: count}, () => ({...span, id: 7, parent: 0, service: 'caller', name: 'same'})),
    ...Array.from({length: count}, (_, i) => ({
      ...{...span, id: 8, parent: 1_000_000 + i, service: 'caller'},
      name: `GET /users/${i % 20_000}`,
    })),
    {...server, id: 9},
    {...server, id: 10, failed: true},
  ]);
  const {edges, services, orphans} = await ask(tenant, begin, begin + minute);
  expect(edges.map(({kind, from, to, calls, errors}) => [kind, from, to, calls, errors])).toEqual([
    ['call', 'caller', 'callee', 2, 1],
  ]);
  expect(services.map(({name, spans, roots, orphans}) => [name, spans, roots, orphans])).toEqual([
    ['caller', count + 1, 1, count],
    ['callee', 2, 0, 0],
  ]);
  // Nor do names with ids in them make a row as large as the spans.
  expect(orphans.length).toBeLessThan(6_000);
  expect(orphans[0]).toMatchObject({service: 'caller', operation: '(other)'});
  expect(orphans.reduce((sum, {spans}) => sum + spans, 0)).toBe(count);
}, 60_000);

test('service graph: more spans than are held at once are read in passes, by ranges of ids or by a hash, to the same edges', async () => {
  const read = async (tenant: string, spans: number): Promise<unknown> => {
    const presence = createPresence();
    const graphs = await readGraphs(createQueries(store.engine.queries, presence), {
      tenants: [tenant],
      from: begin,
      to: begin + BigInt(minutes) * minute,
      each: minute,
      spans,
      weighted: false,
      ...asked(),
    });
    return (graphs.get(tenant) ?? []).map((graph) => ({
      edges: sorted(new Map([...(graph?.edges ?? [])].map(([key, {calls, errors}]) => [key, [calls, errors]]))),
      services: sorted(graph?.services ?? new Map()),
    }));
  };
  const whole = await read('default', 1000);
  expect(whole).toHaveLength(minutes);
  expect(await read('default', 4_000_000)).toEqual(whole);
  // All of one trace, so that there are no ranges.
  expect(await read('repeats', 4_000_000)).toEqual(await read('repeats', 1000));
}, 60_000);

test('service graph: a link to a span that is stored later, though it began long before, is counted again', async () => {
  const span = {tenant: 'links', parent: 0, duration: second, name: 'run', kind: 5, failed: false, attributes: {}};
  const [linked, linking] = [
    {...span, trace: 9_100_001, id: 1, start: begin, service: 'producer'},
    {...span, trace: 9_100_002, id: 2, start: begin + 5n * minute, service: 'consumer'},
  ];
  const kept = async (): Promise<unknown> => {
    await walkOlder();
    const {edges} = await ask('links', begin, begin + BigInt(minutes) * minute);
    return edges.map(({kind, from, to, calls}) => [kind, from, to, calls]);
  };
  await send([{...linking, link: {trace: linked.trace, id: linked.id}}]);
  expect(await kept()).toEqual([]);
  await send([linked]);
  now += 24 * 3_600_000;
  expect(await kept()).toEqual([['link', 'producer', 'consumer', 1]]);
});

/** Hours that are too old for every cycle. */
async function walkOlder(): Promise<void> {
  const one = keeper();
  one.want(Number(begin / minute), Number(begin / minute) + minutes + 10);
  await one.cycle();
}

/** Rows of the table, and how many of them are not as new as the spans. */
async function kinds(): Promise<{rows: number; stale: number}> {
  const answer = await store.engine.client.query({
    query: `SELECT toUInt32(count()) AS rows, toUInt32(countIf(near != expected)) AS stale FROM service_graph AS g FINAL
      INNER JOIN (
        SELECT tenant, intDiv(toUInt32(minute), 60) + offset AS at, sum(spans) AS expected
        FROM span_rates ARRAY JOIN [-1, 0, 1] AS offset WHERE sampled_out = 0 GROUP BY tenant, at
      ) AS r ON g.tenant = r.tenant AND g.minute = r.at`,
    format: 'JSONEachRow',
  });
  return (await answer.json<{rows: number; stale: number}>())[0] as {rows: number; stale: number};
}
