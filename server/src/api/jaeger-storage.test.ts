/**
 * The kinds of question that Jaeger's storage integration tests ask of every storage (internal/storage/integration), asked of
 * Weft's Jaeger API over the real store: tags on each level and spread over levels, alone and with operation and durations.
 */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock} from '../base/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {spanBatchOf, type TestAttributes, type TestSpan} from './testing.ts';

/** One tag of each type that a Jaeger client can send. */
const tags = {region: 'north', shard: 123n, ratio: 72.5, cached: true} as const;
const {region, shard, ratio, cached} = tags;
const noon = 1_485_432_000_000_000_000n;
const minute = 60_000_000_000n;

/** Where the tags stand on the span to be found; a level that is not named has none. */
interface Levels {
  readonly span?: TestAttributes;
  readonly resource?: TestAttributes;
  readonly scope?: TestAttributes;
  /** Of one event each. */
  readonly events?: readonly TestAttributes[];
  readonly link?: TestAttributes;
}

interface Question {
  readonly asks: string;
  readonly levels?: Levels;
  /** Of the span; the search names it. */
  readonly operation?: string;
  /** Microseconds that the span lasts, and what the search allows. */
  readonly lasts?: number;
  readonly least?: string;
  readonly most?: string;
  /** Traces that fit. Default 1. */
  readonly traces?: number;
  /** Starts of the trace's spans after noon, where it has several. */
  readonly starts?: readonly bigint[];
}

const spread = {resource: {region}, span: {ratio, cached}, events: [{shard}, {}]};
const named = {operation: 'reserve'};
const within = {lasts: 5, least: '4500ns', most: '5500ns'};

const questions: readonly Question[] = [
  {asks: 'tags of the span', levels: {span: tags}},
  {asks: 'tags of one event', levels: {events: [tags, {}]}},
  {asks: 'tags of the resource', levels: {resource: tags}},
  {asks: 'tags spread over span, resource and event', levels: spread},
  {asks: 'a trace whose spans lie far apart', starts: [-7n * minute, 0n]},
  {asks: 'operation', ...named},
  {asks: 'operation and greatest duration', ...named, lasts: 1, most: '2000ns'},
  {asks: 'operation and range of durations', ...named, ...within},
  {asks: 'range of durations', ...within},
  {asks: 'greatest duration', lasts: 1, most: '1000ns'},
  {asks: 'service alone'},
  {asks: 'tags of the span, operation', levels: {span: tags}, ...named},
  {
    asks: 'tags of the resource, operation, greatest duration',
    levels: {resource: tags},
    ...named,
    lasts: 1,
    most: '2000ns',
  },
  {asks: 'tags of an event, operation, range of durations', levels: {events: [tags, {}]}, ...named, ...within},
  {asks: 'tags of the span, range of durations', levels: {span: tags}, ...within},
  {asks: 'tags of the resource, greatest duration', levels: {resource: tags}, lasts: 1, most: '1000ns'},
  {asks: 'spread tags, operation', levels: {resource: {region}, span: {ratio}, events: [{shard}, {cached}]}, ...named},
  {
    asks: 'spread tags, operation, greatest duration',
    levels: {resource: {ratio}, span: {region}, events: [{shard}, {cached}]},
    ...named,
    lasts: 1,
    most: '2000ns',
  },
  {
    asks: 'spread tags, operation, range of durations',
    levels: {resource: {ratio, cached}, span: {region}, events: [{shard}]},
    ...named,
    ...within,
  },
  {
    asks: 'spread tags, range of durations',
    levels: {resource: {ratio}, span: {shard, cached}, events: [{region}]},
    ...within,
  },
  {
    asks: 'spread tags, greatest duration',
    levels: {resource: {ratio, cached}, span: {region}, events: [{shard}]},
    lasts: 1,
    most: '1000ns',
  },
  {asks: 'several traces', traces: 3},
  {asks: 'tags of a span whose scope has a name and a version', levels: {span: tags, scope: {}}},
  {asks: 'tags of the scope', levels: {scope: tags}},
  {asks: 'tags of a link', levels: {link: tags}},
];

const serviceOf = (index: number): string => `service-${index}`;
const traceOf = (index: number, copy = 0): string => `${index + 1}${copy}`.padStart(32, '0');

/** The traces that a question is to find, and one beside each condition that fails just that one. */
const storedFor = (question: Question, index: number): TestSpan[] => {
  const {levels = {}, operation = 'work', lasts = 5, traces = 1, starts = [0n]} = question;
  const service = {'service.name': serviceOf(index)};
  const span = (traceId: string, change: Partial<TestSpan> = {}, start = 0n): TestSpan => ({
    traceId,
    spanId: `${starts.indexOf(start) + 1}`,
    name: operation,
    start: noon + start,
    duration: BigInt(lasts) * 1000n,
    resource: {...service, ...levels.resource},
    scope: {name: 'library', version: '1.1.1', ...(levels.scope && {attributes: levels.scope})},
    attributes: levels.span ?? {},
    events: (levels.events ?? []).map((attributes) => ({name: '', attributes})),
    links: levels.link === undefined ? [] : [{traceId: 'f', spanId: 'f', attributes: levels.link}],
    ...change,
  });
  const decoy = (number: number, change: Partial<TestSpan>): TestSpan => span(`${index + 1}f${number}`, change);
  return [
    ...Array.from({length: traces}, (_, copy) => starts.map((start) => span(traceOf(index, copy), {}, start))).flat(),
    ...(question.operation === undefined ? [] : [decoy(1, {name: 'another'})]),
    ...(question.least === undefined ? [] : [decoy(2, {duration: 1000n})]),
    ...(question.most === undefined ? [] : [decoy(3, {duration: 9_000_000n})]),
    ...(question.levels === undefined
      ? []
      : [decoy(4, {attributes: {region, shard, ratio}, resource: service, scope: {}, events: [], links: []})]),
    decoy(5, {start: noon + 600n * minute}),
    decoy(6, {resource: {...service, ...levels.resource, 'service.name': 'another'}}),
  ];
};

let store: TestStore;
let api: FastifyInstance;
beforeAll(async () => {
  store = await startTestStore();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock: systemClock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    uiDirectory: undefined,
    loopback: true,
  });
  await store.sink.consume(spanBatchOf(questions.flatMap(storedFor)), {tenant: defaultTenant});
  const levels = ['span', 'resource', 'scope', 'event', 'link'];
  await store.sink.consume(
    spanBatchOf(
      levels.map((level, i) => {
        const here = (name: string) => (name === level ? {where: level, shared: 'yes'} : {});
        return {
          traceId: `${i + 1}00`,
          spanId: '1',
          attributes: here('span'),
          resource: {'service.name': 'levels', ...here('resource')},
          scope: {attributes: here('scope')},
          events: [{name: `happened on ${level}`, attributes: here('event')}],
          links: [{traceId: 'f', spanId: 'f', attributes: here('link')}],
        };
      }),
    ),
    {tenant: defaultTenant},
  );
  await store.spool.flush();
});
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

async function found(path: string): Promise<string[]> {
  const response = await api.inject({url: path, headers: {host: 'localhost'}});
  expect(response.statusCode, response.body).toBe(200);
  const {data} = response.json() as {data: readonly {traceID: string}[]};
  return data.map(({traceID}) => traceID.padStart(32, '0')).sort();
}

describe('Jaeger storage question', () => {
  test.each(questions.map((question, index) => [question.asks, index, question] as const))(
    'Jaeger storage question: %s',
    async (_, index, {levels, operation, least, most, traces = 1}) => {
      const asked = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
      const parameters = new URLSearchParams({
        service: serviceOf(index),
        start: String((noon - 60n * minute) / 1000n),
        end: String((noon + 60n * minute) / 1000n),
        limit: '1000',
        ...(operation !== undefined && {operation}),
        ...(levels !== undefined && {tags: JSON.stringify(asked)}),
        ...(least !== undefined && {minDuration: least}),
        ...(most !== undefined && {maxDuration: most}),
      });
      const wanted = Array.from({length: traces}, (_, copy) => traceOf(index, copy));
      expect(await found(`/api/traces?${parameters}`)).toEqual(wanted);
    },
  );
});

describe('jaeger storage: search by an attribute', () => {
  const everything = 'start=0&end=9000000000000000';
  const id = (i: number): string => `${i}00`.padStart(32, '0');

  test.each([
    ['span', 1],
    ['resource', 2],
    ['scope', 3],
    ['event', 4],
    ['link', 5],
  ])('one that stands on the %s is found there, in both APIs', async (level, i) => {
    expect(await found(`/api/traces?service=levels&${everything}&tag=where:${level}`)).toEqual([id(i)]);
    const weft = await api.inject({
      url: `/api/weft/v1/traces?attribute=where%3D${level}`,
      headers: {host: 'localhost'},
    });
    expect(weft.json().traces.map(({traceId}: {traceId: string}) => traceId)).toEqual([id(i)]);
  });

  test('one that stands on all levels finds each', async () =>
    expect(await found(`/api/traces?service=levels&${everything}&tag=shared:yes`)).toEqual([1, 2, 3, 4, 5].map(id)));

  test('the name of an event is found by the key event', async () =>
    expect(await found(`/api/traces?service=levels&${everything}&tag=event:happened%20on%20link`)).toEqual([id(5)]));

  test('one of the resource only is found with the prefix resource.', async () => {
    expect(await found(`/api/traces?service=levels&${everything}&tag=resource.where:resource`)).toEqual([id(2)]);
    expect(await found(`/api/traces?service=levels&${everything}&tag=resource.where:span`)).toEqual([]);
  });
});
