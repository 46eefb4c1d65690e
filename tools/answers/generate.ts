/** Spans as services might send them, with everything that goes wrong on the way. */
import type {TenantId} from '../../server/src/base/index.ts';
import {attributesOf, oddTexts, resourceOf, scopeOf} from './generate-attributes.ts';
import type {Random} from './random.ts';
import {noParent, type Resource, type Scope, type Span} from './span.ts';

export interface Generated {
  /** Nanoseconds since 1970: the moment at which everything is asked. */
  readonly now: bigint;
  /** `compact` has no trace that goes on for longer than nine minutes: of these every answer is sure. */
  readonly tenants: readonly TenantId[];
  /** What arrives one after the other. */
  readonly steps: readonly (readonly Span[])[];
}

const millisecond = 1_000_000n;
const second = 1000n * millisecond;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;

export const compact = 'compact' as TenantId;
const tenants = ['default', compact, "odd'!-_.*()", 'fourth', 'a'] as readonly string[] as readonly TenantId[];

export interface GenerateOptions {
  readonly spans: number;
  readonly steps: number;
}

export function generate(random: Random, {spans: wanted, steps: count}: GenerateOptions): Generated {
  // Noon, or within minutes of midnight.
  const today = BigInt(Date.UTC(2026, random.below(12), 1 + random.below(28))) * millisecond;
  const now = today + (random.chance(0.5) ? 12n * hour : 0n) + BigInt(random.below(600_000)) * millisecond + 123n;
  const steps: Span[][] = random.list(count, () => []);
  const worlds = tenants.map((tenant) => createWorld(random, tenant, now));
  let total = 0;
  while (total < wanted) {
    const world = random.pick(worlds);
    // At the very moment of another, which may have come long before.
    const other = random.chance(0.12) ? steps.flat().find(() => random.chance(0.05)) : undefined;
    const spans = traceOf(random, world, random.hex(16), other?.start);
    total += spans.length;
    place(random, steps, spans);
    // The same id in another tenant.
    if (random.chance(0.06)) place(random, steps, traceOf(random, random.pick(worlds), (spans[0] as Span).traceId));
  }
  return {now, tenants, steps};
}

/** Most of a trace comes at once; of some the root or a part comes late, and some are sent again. */
function place(random: Random, steps: Span[][], spans: readonly Span[]): void {
  const first = random.below(steps.length);
  const later = (): Span[] => steps[first + random.below(steps.length - first)] as Span[];
  const isTorn = random.chance(0.25);
  for (const span of spans) (isTorn ? later() : (steps[first] as Span[])).push(span);
  if (random.chance(0.12)) later().push(...spans);
  if (random.chance(0.1)) later().push(random.pick(spans));
  if (random.chance(0.08)) {
    const span = random.pick(spans);
    later().push({...span, ...otherContent(random, span)});
  }
}

/** The same ids, and something else in one place. */
const otherContent = (random: Random, span: Span): Partial<Span> =>
  random.pick<Partial<Span>>([
    {name: `${span.name} again`},
    {start: span.start + 1n},
    {end: span.end + second},
    {statusCode: span.statusCode === 2 ? 0 : 2},
    {flags: span.flags + 1},
    {attributes: [...span.attributes, {key: 'attempt', value: {type: 'int', value: 2n}}]},
    {scope: {...span.scope, attributes: [{key: 'attempt', value: {type: 'int', value: 2n}}]}},
    {resource: {...span.resource, droppedAttributes: span.resource.droppedAttributes + 1}},
    {statusMessage: `${span.statusMessage}.`},
  ]);

interface World {
  readonly tenant: TenantId;
  readonly now: bigint;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  readonly names: readonly string[];
}

const serviceNames = ['cart', 'Cart', 'cart-db', 'checkout', 'pay ments', 'search cart', ...oddTexts] as const;
const spanNames = ['GET /', 'get /', 'GET /items/{id}', 'query', 'publish orders', 'orders', ...oddTexts] as const;

function createWorld(random: Random, tenant: TenantId, now: bigint): World {
  const many = random.chance(0.3);
  const services = [
    ...random.shuffled(serviceNames).slice(0, 6),
    undefined,
    ...(many ? random.list(60, (i) => `service ${i}`) : []),
  ];
  return {
    tenant,
    now,
    resources: services.flatMap((service, i) =>
      random.list(1 + random.below(2), () => resourceOf(random, service, i === 0 && random.chance(0.5))),
    ),
    scopes: random.list(5, () => scopeOf(random)),
    names: [...random.shuffled(spanNames).slice(0, 8), ...(many ? random.list(100, (i) => `operation ${i}`) : [])],
  };
}

/** When a trace begins: mostly lately, some at round moments, some on other days and in other ages. */
function beginning(random: Random, now: bigint): bigint {
  const ago = (most: bigint): bigint => now - BigInt(Math.floor(random() * Number(most / 1000n))) * 1000n;
  const moments: (() => bigint)[] = [
    () => ago(40n * second),
    () => ago(10n * minute),
    () => ago(10n * minute),
    () => ago(2n * hour),
    () => (ago(hour) / second) * second,
    // At the ends of buckets, minutes and days.
    () => (ago(hour) / (10n * second)) * (10n * second) - BigInt(random.below(3)),
    () => (ago(3n * day) / minute) * minute - BigInt(random.below(2)) * millisecond,
    () => (ago(3n * day) / day) * day - BigInt(random.below(2)),
    () => ago(9n * day),
    () => ago(day * BigInt(1 + random.below(400))),
  ];
  const strays: (() => bigint)[] = [
    () => BigInt(random.below(3)) * second,
    () => BigInt(Date.UTC(2100, 0, 1)) * millisecond + BigInt(random.below(1e6)),
    () => now + BigInt(random.below(20)) * second,
    () => now + 2n * day,
  ];
  return random.chance(0.06) ? random.pick(strays)() : random.pick(moments)();
}

function traceOf(random: Random, world: World, traceId: string, at?: bigint): Span[] {
  const {now, tenant} = world;
  const begin = at ?? beginning(random, now);
  const spread = random.pick([
    ...[0n, 50n * millisecond, 50n * millisecond, 2n * second, 25n * second, 3n * minute],
    ...(tenant === compact ? [] : [20n * minute, 6n * hour, 2n * day]),
  ]);
  // Where times are round, many are equal.
  const grain = random.pick([1n, 1n, 1000n, second]);
  const count = 1 + random.below(random.pick([1, 3, 6, 14]));
  const ids = random.list(count, () => random.hex(8));
  const isRootless = random.chance(0.2);
  const hasTwoRoots = random.chance(0.12);
  return ids.map((spanId, i) => {
    const isFirst = i === 0 || (i === 1 && hasTwoRoots);
    const after = i === 0 ? 0n : BigInt(Math.floor(random() * Number(spread)));
    const start = begin + (after / grain) * grain;
    const parent = isFirst
      ? isRootless
        ? random.pick([random.hex(8), spanId])
        : noParent
      : random.chance(0.05)
        ? random.hex(8)
        : (ids[random.below(i)] as string);
    return spanOf(random, world, {traceId, spanId, parentSpanId: parent, start, ids});
  });
}

/** Sampled spans among others: kept with one half, a quarter, seven eighths, two fifths, 1 in 2^20, and for sure. */
const traceStates = [
  ...['', '', '', 'a=b', 'vendor=x,other=y', 'ot=rv:0123456789abcd', 'ot=th:0'],
  ...[
    'ot=th:8',
    'ot=th:c',
    'vendor=x, ot=rv:fedcba98765432;th:2',
    'ot=th:99999999999999;rv:fedcba98765432,a=b',
    'ot=th:fffff',
  ],
] as const;

interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly start: bigint;
  /** Of all spans of the trace. */
  readonly ids: readonly string[];
}

function spanOf(random: Random, world: World, {ids, ...place}: Place): Span {
  const {start} = place;
  const duration = random.pick([
    ...[0n, 5n * millisecond, second],
    ...[() => random() * 1e6, () => random() * 1e9, () => Math.exp(random() * 27)].map((make) =>
      BigInt(Math.floor(make())),
    ),
    ...(random.chance(0.1) ? [-BigInt(random.below(1e9)), 3n * hour, 20n * day] : []),
  ]);
  const end = start + duration;
  return {
    tenant: world.tenant,
    resource: random.pick(world.resources),
    scope: random.pick(world.scopes),
    ...place,
    traceState: random.pick(traceStates),
    flags: random.pick([0, 1, 257]),
    name: random.pick(world.names),
    kind: random.pick([0, 1, 2, 2, 3, 4, 5, 7, 200]),
    end: end < 0n ? 0n : end,
    attributes: attributesOf(random, {longShare: 0.003}),
    droppedAttributes: random.below(2),
    events: random.chance(0.3)
      ? random.list(1 + random.below(3), () => ({
          time: start + BigInt(random.below(1000)),
          name: random.pick(['exception', 'log', 'retry', random.pick(oddTexts)]),
          attributes: attributesOf(random, {longShare: 0}),
          droppedAttributes: random.below(2),
        }))
      : [],
    droppedEvents: random.below(2),
    links: random.chance(0.2)
      ? random.list(1 + random.below(2), () => ({
          traceId: random.chance(0.5) ? place.traceId : random.hex(16),
          spanId: random.chance(0.7) ? random.pick(ids) : random.hex(8),
          traceState: random.pick(['', 'k=v']),
          flags: random.below(3),
          attributes: attributesOf(random, {longShare: 0}),
          droppedAttributes: random.below(2),
        }))
      : [],
    droppedLinks: random.below(2),
    statusCode: random.pick([0, 0, 0, 1, 2, 3]),
    statusMessage: random.chance(0.2) ? random.pick(['timed out', 'no such cart', random.pick(oddTexts)]) : '',
  };
}
