/** The cases of fields and keys are those of the Collector's own tests of its log deduplication processor. */
import {cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {createMeter, PermanentError, RetryableError} from '../base/index.ts';
import {emptyMap, parseYaml} from '../config/index.ts';
import type {LogBatch} from '../model/index.ts';
import {type ProcessorFactory, reads, takes} from '../pipeline/index.ts';
import {contextOf, countOf, testSettings} from '../pipeline/testing.ts';
import {patternOf} from './log-pattern.ts';
import {logPatternsProcessor} from './processor-log-patterns.ts';
import {logDedupProcessor} from './processor-logdedup.ts';
import {rfc3339In} from './rfc3339.ts';
import {configFaults, itemsOf, logBatch, type PlainLog} from './testing-processor.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-folding-'));
afterAll(() => rmSync(root, {recursive: true}));
let directories = 0;
const newDirectory = (): string => join(root, String(directories++));

const start = Date.UTC(2026, 0, 2, 3, 4, 5);
const quiet = {fault() {}, warn() {}, listens() {}, refers() {}};

/** A processor on a clock of its own, and what came out of it: `tenant` and the records of each batch. */
async function folding<C>(
  factory: ProcessorFactory<C>,
  yaml: string,
  options: {
    readonly directory?: string;
    readonly refuse?: (batch: LogBatch) => Error | undefined;
    readonly lends?: boolean;
  } = {},
) {
  const node = parseYaml('', yaml, quiet) ?? emptyMap({source: '', line: 0, column: 0});
  const out: {tenant: string; records: Record<string, unknown>[]}[] = [];
  let now = start;
  const meter = createMeter();
  const directory = options.directory ?? newDirectory();
  const next = async (batch: unknown, {tenant}: {tenant: string}): Promise<void> => {
    const error = options.refuse?.(batch as LogBatch);
    if (error !== undefined) throw error;
    out.push({tenant, records: itemsOf(batch as LogBatch)});
  };
  const processor = factory.create(
    testSettings({meter, clock: {now: () => now}, directory: () => directory}),
    factory.config.read(node, quiet),
    options.lends ? reads(next) : takes(next),
    'logs',
  );
  await processor.start?.();
  return {
    out,
    directory,
    tick: (milliseconds: number) => {
      now += milliseconds;
    },
    send: async (records: readonly PlainLog[], context = contextOf()) =>
      processor.consumer.consume(logBatch(...records) as never, context),
    stop: async () => processor.stop?.(),
    retire: async () => processor.retire?.(),
    count: (name: string) => countOf(meter, name, {}),
    histogram: () => meter.read().find(({name}) => name === 'otelcol_dedup_processor_aggregated_logs'),
  };
}

/** Everything that comes out when the processor stops. */
async function folded<C>(factory: ProcessorFactory<C>, yaml: string, records: readonly PlainLog[]) {
  const {send, stop, out} = await folding(factory, yaml);
  await send(records);
  await stop();
  return out.flatMap((each) => each.records);
}

const same: PlainLog = {
  resource: {r: 1n},
  body: 'body',
  severityNumber: 9,
  severityText: 'info',
  attributes: {a: 'x', b: 1n},
};

describe('logdedup', () => {
  test('folds what is the same into the first record with a count and times', async () => {
    const {send, tick, stop, out, histogram} = await folding(logDedupProcessor, '{}');
    await send([same, {...same, attributes: {b: 1n, a: 'x'}, time: 5n}]);
    tick(2500);
    await send([same]);
    tick(1000);
    await stop();
    expect(out).toEqual([
      {
        tenant: 'default',
        records: [
          {
            ...same,
            time: BigInt(start + 3500) * 1_000_000n,
            observedTime: BigInt(start) * 1_000_000n,
            attributes: {
              ...same.attributes,
              log_count: 3n,
              first_observed_timestamp: '2026-01-02T03:04:05Z',
              last_observed_timestamp: '2026-01-02T03:04:07Z',
            },
          },
        ],
      },
    ]);
    expect(histogram()).toMatchObject({series: [{count: 1, sum: 3}]});
  });

  test.each<[string, PlainLog]>([
    ['resource', {...same, resource: {r: 2n}}],
    ['scope', {...same, scope: {name: 's'}}],
    ['body', {...same, body: 'other'}],
    ['type of the body', {...same, body: {x: 'body'}}],
    ['severity number', {...same, severityNumber: 10}],
    ['severity text', {...same, severityText: 'INFO'}],
    ['attributes', {...same, attributes: {a: 'x', b: 2n}}],
    ['type of an attribute', {...same, attributes: {a: 'x', b: '1'}}],
  ])('records that differ in %s stay apart', async (_, other) => {
    const records = await folded(logDedupProcessor, '{log_count_attribute: n}', [same, other, same]);
    expect(records.map(({attributes}) => (attributes as {n: bigint}).n)).toEqual([2n, 1n]);
  });

  test('tenants, and values of metadata keys, stay apart', async () => {
    const {send, stop, out} = await folding(logDedupProcessor, '{metadata_keys: [X-Team]}');
    await send([same], contextOf('a', {'x-team': 'red'}));
    await send([same], contextOf('a', {'x-team': 'blue', other: '1'}));
    await send([same], contextOf('b', {'x-team': 'red'}));
    await send([same], contextOf('a', {'x-team': 'red', other: '2'}));
    await stop();
    const counts = out.map(({tenant, records}) => [tenant, (records[0]!.attributes as {log_count: bigint}).log_count]);
    expect(counts).toEqual([
      ['a', 2n],
      ['a', 1n],
      ['b', 1n],
    ]);
  });

  test('exclude_fields are taken out before records are compared', async () => {
    const yaml = String.raw`{exclude_fields: [body.timestamp, 'attributes.host\.name', attributes.src.ip, body.a.b]}`;
    const record = (n: bigint): PlainLog => ({
      body: {timestamp: n, text: 't', a: {b: n, c: 1n}},
      attributes: {'host.name': `h${n}`, src: {ip: `${n}`, port: 1n}, host: {name: 'kept'}},
    });
    const [only, ...others] = await folded(logDedupProcessor, yaml, [record(1n), record(2n)]);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      body: {text: 't', a: {c: 1n}},
      attributes: {src: {port: 1n}, host: {name: 'kept'}, log_count: 2n},
    });
    expect((only!.attributes as object) && 'host.name' in (only!.attributes as object)).toBe(false);
    expect(
      await folded(logDedupProcessor, '{exclude_fields: [attributes]}', [same, {...same, attributes: {}}]),
    ).toHaveLength(1);
  });

  test('include_fields alone are compared, and a record without any of them as a whole', async () => {
    const yaml = '{include_fields: [attributes.id, body.kind.name]}';
    const records: PlainLog[] = [
      {body: 'a', attributes: {id: 1n, x: 'x'}},
      {body: 'b', attributes: {id: 1n}},
      {body: {kind: {name: 'k'}, text: 1n}},
      {body: {kind: {name: 'k'}, text: 2n}},
      {body: 'c'},
      {body: 'd'},
      {body: 'd'},
    ];
    const out = await folded(logDedupProcessor, yaml, records);
    expect(out.map(({attributes}) => (attributes as {log_count: bigint}).log_count)).toEqual([2n, 2n, 1n, 2n]);
  });

  test('records that fulfil no condition pass at once', async () => {
    const yaml = `{conditions: ['attributes["ID"] == 1', 'attributes["ID"] == 3']}`;
    const {send, stop, out} = await folding(logDedupProcessor, yaml);
    const of = (id: bigint): PlainLog => ({body: 'b', attributes: {ID: id}});
    await send([of(1n), of(2n), of(1n), of(3n), of(2n)]);
    expect(out.map(({records}) => records.map(({attributes}) => attributes))).toEqual([[{ID: 2n}, {ID: 2n}]]);
    await stop();
    expect(out[1]!.records.map(({attributes}) => attributes)).toMatchObject([
      {ID: 1n, log_count: 2n},
      {ID: 3n, log_count: 1n},
    ]);
  });

  test('hands on at each interval, and tries again where the next station has no room', async () => {
    let refusals = 3;
    const refuse = (): Error | undefined =>
      refusals-- > 0 ? new RetryableError('full', 'the store is full', 1) : undefined;
    for (const lends of [true, false]) {
      refusals = 3;
      const {send, stop, out} = await folding(logDedupProcessor, '{interval: 2ms}', {refuse, lends});
      await send([same, same]);
      await expect.poll(() => out.length, {interval: 2}).toBe(1);
      expect(out[0]!.records).toMatchObject([{attributes: {log_count: 2n}}]);
      await stop();
      expect(out.length).toBe(1);
    }
  });

  test('counts what the next station never takes', async () => {
    const refuse = (): Error => new PermanentError('bad', 'never');
    const {send, stop, count, directory} = await folding(logDedupProcessor, '{}', {refuse});
    await send([same, {...same, body: 'other'}]);
    await stop();
    expect(count('weft_processor_folded_logs_lost')).toBe(2);
    const second = await folding(logDedupProcessor, '{}', {directory});
    await second.stop();
    expect(second.out).toEqual([]);
  });

  test('more groups than it may hold are handed on early, and refused for a moment where that takes long', async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const out: number[] = [];
    const processor = logDedupProcessor.create(
      testSettings({directory: () => newDirectoryMade()}),
      logDedupProcessor.config.read(parseYaml('', '{max_groups: 2, durable: false}', quiet)!, quiet),
      takes<'logs'>(async (batch) => {
        await gate;
        out.push(batch.logs.count);
      }),
      'logs',
    );
    await processor.start?.();
    const send = async (...bodies: readonly string[]): Promise<void> =>
      processor.consumer.consume(logBatch(...bodies.map((body) => ({body}))) as never, contextOf());
    await send('a', 'b');
    await send('c', 'd');
    await expect(send('e')).rejects.toThrow('too many different log records wait');
    open?.();
    await processor.stop?.();
    expect(out).toEqual([2, 2]);
  });

  test.each([
    ['{interval: 0s}', 'at least 1 ms'],
    ['{log_count_attribute: ""}', '`log_count_attribute` is empty'],
    ['{timezone: Atlantis/Capital}', 'expected a time zone'],
    ['{exclude_fields: [body]}', 'the whole body cannot be named'],
    ['{exclude_fields: [severity]}', 'expected a field of `body` or `attributes`'],
    ['{exclude_fields: [attributes.a, attributes.a]}', 'names a field twice'],
    ['{exclude_fields: [attributes.a], include_fields: [attributes.b]}', 'either `include_fields` or `exclude_fields`'],
    ['{metadata_keys: [a, A]}', 'names a key twice'],
    ['{conditions: ["attributes["]}', 'expected'],
  ])('configuration %s is faulty', (yaml, fault) => {
    expect(configFaults(logDedupProcessor, yaml).join('\n')).toContain(fault);
  });
});

const newDirectoryMade = (): string => mkdtempSync(join(root, 'made-'));

describe('folding', () => {
  test('after a crash folds again what its senders were told is safe', async () => {
    const first = await folding(logDedupProcessor, '{metadata_keys: [k]}');
    await first.send([same, same], contextOf('t', {k: 'v'}));
    await first.send([same], contextOf('t', {k: 'v'}));
    // What a crash leaves: nothing was handed on, nothing confirmed.
    const directory = newDirectory();
    cpSync(first.directory, directory, {recursive: true});
    await first.stop();
    const second = await folding(logDedupProcessor, '{metadata_keys: [k]}', {directory});
    await second.send([same], contextOf('t', {k: 'v'}));
    await second.stop();
    expect(second.out).toMatchObject([{tenant: 't', records: [{attributes: {log_count: 4n}}]}]);
    const third = await folding(logDedupProcessor, '{metadata_keys: [k]}', {directory});
    await third.stop();
    expect(third.out).toEqual([]);
  });

  test('at its end keeps for the next start what cannot be handed on', async () => {
    let isFull = true;
    const refuse = (): Error | undefined => (isFull ? new RetryableError('full', 'full') : undefined);
    const first = await folding(logPatternsProcessor, '{}', {refuse});
    await first.send([{body: 'job 1'}, {body: 'job 2'}]);
    await first.stop();
    expect(first.out).toEqual([]);
    isFull = false;
    const second = await folding(logPatternsProcessor, '{}', {refuse, directory: first.directory});
    await second.stop();
    expect(second.out).toMatchObject([{records: [{body: 'job 1', attributes: {log_count: 2n}}]}]);
  });

  test('a component that goes for ever hands on what it has, and leaves nothing', async () => {
    const first = await folding(logPatternsProcessor, '{}');
    await first.send([{body: 'job 1'}]);
    await first.retire();
    expect(first.out.length).toBe(1);
    const second = await folding(logPatternsProcessor, '{}', {directory: first.directory});
    await second.stop();
    expect(second.out).toEqual([]);
  });

  test('passes on a refusal of records that it does not fold, and keeps none of the batch', async () => {
    const refuse = (batch: LogBatch): Error | undefined =>
      itemsOf(batch)[0]!.body === 'passes' ? new RetryableError('full', 'full') : undefined;
    const yaml = `{conditions: ['body != "passes"']}`;
    const {send, stop, out} = await folding(logPatternsProcessor, yaml, {refuse});
    await expect(send([{body: 'job 1'}, {body: 'passes'}])).rejects.toThrow('full');
    await stop();
    expect(out).toEqual([]);
  });
});

test.each([
  ['user 42 logged in from 10.0.0.7 in 12ms', 'user <*> logged in from <*> in <*>ms'],
  ['GET /orders/8f14e45f-ceea-467f-9538-2f7a1c0a3b11 200', 'GET /orders/<*> <*>'],
  ['at 2026-01-02T03:04:05.678Z job-17 failed', 'at <*> job-<*> failed'],
  ['2026/01/02 03:04:05 done', '<*> <*> done'],
  ['ptr 0xDEADbeef, commit 9ab8712cdefa', 'ptr <*>, commit <*>'],
  [`cannot open "/tmp/a b" or 'c'`, 'cannot open <*> or <*>'],
  ["can't stop, won't stop", "can't stop, won't stop"],
  ['fe80::1 and 2001:db8::ff00:42:8329 answer', '<*> and <*> answer'],
  ['took 1.5s, 3,000 rows, 50%', 'took <*>s, <*> rows, <*>%'],
  ['pod weft-7d4bf9c8b6-x2vlp restarted', 'pod weft-<*>-x<*>vlp restarted'],
  ['nothing varies here', 'nothing varies here'],
  ['', ''],
  [`${'a'.repeat(4096)} 1`, `${'a'.repeat(4096)}…`],
])('log patterns: %j has the pattern %j', (text, pattern) => expect(patternOf(text)).toBe(pattern));

test('log patterns: one example stands for the records of a pattern, by origin and severity', async () => {
  const at = (seconds: number): bigint => BigInt(start + seconds * 1000) * 1_000_000n;
  const records: PlainLog[] = [
    {body: 'user 1 logged in', severityNumber: 9, time: at(0), attributes: {id: 1n}},
    {body: 'user 2 logged in', severityNumber: 9, time: at(1), attributes: {id: 2n}},
    {body: 'user 3 logged in', severityNumber: 17, time: at(2)},
    {body: 'user 4 logged in', severityNumber: 9, observedTime: at(3), resource: {'service.name': 'b'}},
    {body: 'user 5 logged out', severityNumber: 9},
    {body: 'user 6 logged in', severityNumber: 9, time: at(9)},
  ];
  const out = await folded(logPatternsProcessor, '{timezone: America/New_York}', records);
  const said = out.map(({body, attributes}) => [body, (attributes as {log_count: bigint}).log_count]);
  expect(said).toEqual([
    ['user 1 logged in', 3n],
    ['user 3 logged in', 1n],
    ['user 4 logged in', 1n],
    ['user 5 logged out', 1n],
  ]);
  expect(out[0]).toMatchObject({
    time: at(0),
    attributes: {
      id: 1n,
      'log.pattern': 'user <*> logged in',
      first_observed_timestamp: '2026-01-01T22:04:05-05:00',
      last_observed_timestamp: '2026-01-01T22:04:14-05:00',
    },
  });
  const patterns = await folded(logPatternsProcessor, '{body: pattern, pattern_attribute: ""}', records.slice(0, 2));
  expect(patterns).toMatchObject([{body: 'user <*> logged in', attributes: {log_count: 2n}}]);
  expect(patterns[0]!.attributes).not.toHaveProperty('log.pattern');
});

test.each([
  ['UTC', 0, '1970-01-01T00:00:00Z'],
  ['', 1999, '1970-01-01T00:00:01Z'],
  ['Asia/Kolkata', 0, '1970-01-01T05:30:00+05:30'],
  ['America/St_Johns', start, '2026-01-01T23:34:05-03:30'],
])('RFC 3339: %j at %d is %s', (zone, time, text) => expect(rfc3339In(zone)?.(time)).toBe(text));
