/**
 * What the limits of a search's narrowing are worth (`NarrowLimits`): `npm run bench:narrow [-- --spans 1000000 --seconds 30 --often 10,40
 * --rounds 12]`. A store in this process takes a burst, and is asked for values that so many spans have, once by each set of limits in
 * turn. CPU of the engine and this process, of all but the default as a ratio to it.
 */
import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {defaultTenant, systemClock, unixNano} from '../server/src/base/index.ts';
import type {KeyValue} from '../server/src/model/index.ts';
import {Budget} from '../server/src/query/index.ts';
import {createMemory} from '../server/src/store/memory.ts';
import type {NarrowLimits} from '../server/src/store/read-narrow.ts';
import {createPresence} from '../server/src/store/read-presence.ts';
import {createQueries} from '../server/src/store/read-query.ts';
import {createReader} from '../server/src/store/reader.ts';
import {startTestStore} from '../server/src/store/testing.ts';
import {createRandom} from '../tools/answers/random.ts';
import {batchOf, noParent, type Resource, type Scope, type Span} from '../tools/answers/span.ts';

const {values: options} = parseArgs({
  options: {
    spans: {type: 'string', default: '1000000'},
    seconds: {type: 'string', default: '30'},
    often: {type: 'string', default: '10,40'},
    rounds: {type: 'string', default: '12'},
  },
});
const total = Number(options.spans);
const often = options.often.split(',').map(Number);
const rounds = Number(options.rounds);
const variants: Readonly<Record<string, Partial<NarrowLimits>>> = {
  default: {},
  'bursts as others': {commonShareOfBurst: 0.25},
  'never ask for texts': {manySpans: Number.POSITIVE_INFINITY},
  'always ask for texts': {manySpans: 0},
};
/** Of a key: many vary, and stand beside the template; few are constants in it. */
const valuesOf = {varying: 40, constant: 5} as const;
const millisecond = 1_000_000n;

const random = createRandom(1);
const store = await startTestStore();
const end = BigInt(systemClock.now()) * millisecond;
const begin = end - BigInt(Number(options.seconds)) * 1000n * millisecond;
const is = (key: string, value: string): KeyValue => ({key, value: {type: 'string', value}});
const resources = Array.from({length: 8}, (_, i): Resource => {
  const attributes = [is('service.name', `service-${i}`), is('host.name', `host-${i}`)];
  return {attributes, droppedAttributes: 0, schemaUrl: ''};
});
const scope: Scope = {name: 'lib', version: '1', attributes: [], droppedAttributes: 0, schemaUrl: ''};

function attributesOf(i: number): KeyValue[] {
  const attributes = [
    is('http.request.method', 'GET'),
    is('http.route', `/api/${i}`),
    is('url.path', `/api/${i}/${random.below(1e6)}`),
    is('user.id', `u-${random.below(1e7)}`),
    is('thread.name', `worker-${random.below(8)}`),
  ];
  for (const spans of often) {
    for (const [kind, values] of Object.entries(valuesOf))
      if (random.chance((spans * values) / total)) attributes.push(is(`${kind}.${spans}`, `v-${random.below(values)}`));
  }
  return attributes;
}

function traceOf(): Span[] {
  const traceId = random.hex(16);
  const start = begin + BigInt(Math.floor(random() * Number(end - begin)));
  return resources.map((resource, i) => ({
    ...{tenant: defaultTenant, resource, scope, traceId, spanId: random.hex(8)},
    ...{parentSpanId: i === 0 ? noParent : random.hex(8), traceState: '', flags: 1, name: `operation ${i}`, kind: 2},
    ...{start: start + BigInt(i) * millisecond, end: start + 50n * millisecond, attributes: attributesOf(i)},
    ...{
      droppedAttributes: 0,
      events: [],
      droppedEvents: 0,
      links: [],
      droppedLinks: 0,
      statusCode: 0,
      statusMessage: '',
    },
  }));
}

const tracesAtOnce = 2500;
for (let spans = 0; spans < total; spans += 8 * tracesAtOnce)
  await store.sink.consume(batchOf(random.list(tracesAtOnce, traceOf).flat()), {tenant: defaultTenant});
await store.spool.flush(300_000);

const presence = createPresence();
const queries = createQueries(store.engine.queries, presence, {recent: () => store.changes.recent});
const memory = createMemory({queries, presence, clock: systemClock, news: store.news()});
while (memory.filters?.of(defaultTenant)?.from !== 0) await delay(50);
const cells = memory.filters.of(defaultTenant)?.all.reduce((sum, {segments}) => sum + segments.length, 0) ?? 0;
console.log(`${total.toLocaleString('en')} spans in ${cells} cells`);

const readers = Object.entries(variants).map(([name, narrow]) => {
  const kept = {...memory, narrow};
  return {name, reader: createReader({client: store.engine.queries, clock: systemClock, presence, memory: kept})};
});

/** Of the engine and this process, in milliseconds; a tick of the kernel is ten. */
function cpu(): number {
  const fields = readFileSync(`/proc/${store.engine.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const {user, system} = process.cpuUsage();
  return 10 * (Number(fields[11]) + Number(fields[12])) + (user + system) / 1000;
}

const questionsEach = 2;
for (const [kind, values] of Object.entries(valuesOf)) {
  for (const spans of often) {
    const spent = new Map<string, number>();
    // The first round is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const {name, reader} of readers) {
        const before = cpu();
        for (let i = 0; i < questionsEach; i++) {
          const condition = {type: 'attribute', key: `${kind}.${spans}`, value: `v-${random.below(values)}`} as const;
          const range = {start: unixNano(begin - BigInt(random.below(1e9))), end: unixNano(end)};
          const search = {...range, conditions: [{...condition, of: 'anywhere'}], limit: 20, order: 'newest'} as const;
          await reader.findTraces(defaultTenant, search, {budget: new Budget(new AbortController().signal)});
        }
        if (round > 0) spent.set(name, (spent.get(name) ?? 0) + cpu() - before);
      }
    }
    const least = spent.get('default') ?? Number.NaN;
    const others = [...spent].slice(1).map(([name, ms]) => `${name} ${(ms / least).toFixed(2)}`);
    console.log(`${kind}, ${spans} spans: ${(least / rounds / questionsEach).toFixed(1)} ms; ${others.join(', ')}`);
  }
}
await store.stop();
process.exit();
