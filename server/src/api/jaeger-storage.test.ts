/** The questions that Jaeger asks of every storage of its own (`fixtures/jaeger`), asked of Weft's Jaeger API over the real store. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock, utf8Bytes} from '../base/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {otlp} from '../wire/index.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {spanBatchOf} from './testing.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/jaeger');
const readJson = (path: string) => JSON.parse(readFileSync(join(fixtures, path), 'utf8'));

interface Case {
  readonly Caption: string;
  readonly Query: {
    readonly ServiceName: string;
    readonly OperationName: string;
    readonly Tags: Readonly<Record<string, unknown>> | null;
    readonly StartTimeMin: string;
    readonly StartTimeMax: string;
    /** Nanoseconds; 0 for none. */
    readonly DurationMin: number;
    readonly DurationMax: number;
    readonly NumTraces: number;
  };
  readonly ExpectedFixtures: readonly string[];
}
const cases: readonly Case[] = readJson('queries.json');

let store: TestStore;
let api: FastifyInstance;
beforeAll(async () => {
  store = await startTestStore();
  api = await createApi({
    source: createReader({client: store.engine.client, clock: systemClock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    uiDirectory: undefined,
    loopback: true,
  });
  for (const name of readdirSync(join(fixtures, 'traces'))) {
    const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(readJson(`traces/${name}`))));
    await store.sink.consume(batch, {tenant: defaultTenant});
  }
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

describe('Jaeger storage query', () => {
  test('there are 25 of them', () => expect(cases).toHaveLength(25));

  test.each(cases.map((one) => [one.Caption, one] as const))('%s', async (_, {Query: query, ExpectedFixtures}) => {
    const parameters = new URLSearchParams({
      service: query.ServiceName,
      operation: query.OperationName,
      start: String(Date.parse(query.StartTimeMin) * 1000),
      end: String(Date.parse(query.StartTimeMax) * 1000),
      limit: String(query.NumTraces),
      tags: JSON.stringify(Object.fromEntries(Object.entries(query.Tags ?? {}).map(([k, v]) => [k, String(v)]))),
    });
    if (query.DurationMin > 0) parameters.set('minDuration', `${query.DurationMin}ns`);
    if (query.DurationMax > 0) parameters.set('maxDuration', `${query.DurationMax}ns`);
    const ids = ExpectedFixtures.map(
      (name) => readJson(`traces/${name}.json`).resourceSpans[0].scopeSpans[0].spans[0].traceId as string,
    );
    expect(await found(`/api/traces?${parameters}`)).toEqual(ids.sort());
  });
});

describe('search by an attribute', () => {
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
