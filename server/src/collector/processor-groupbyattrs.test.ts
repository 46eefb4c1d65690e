/** The cases are those of the Collector's own tests of its groupbyattrs processor. */
import {describe, expect, test} from 'vitest';
import {otlp} from '../wire/index.ts';
import {groupByAttrsProcessor as factory} from './processor-groupbyattrs.ts';
import {configFaults, itemsOf, logBatch, metricBatch, spanBatch, testProcessor} from './testing-processor.ts';

/** What a batch is as OTLP nests it: the spans' names by resource and scope. */
function nested(batch: Parameters<typeof otlp.traces.encodeJson>[0]) {
  const {resourceSpans} = JSON.parse(new TextDecoder().decode(otlp.traces.encodeJson(batch)));
  return resourceSpans.map((each: {scopeSpans: {spans: {name: string}[]}[]}) =>
    each.scopeSpans.map(({spans}) => spans.map(({name}) => name)),
  );
}

describe('groupbyattrs', () => {
  const attributes = {xx: 'aa', yy: 11n};
  test.each([
    [['xx', 'yy'], attributes, {}],
    [['xx'], {xx: 'aa'}, {yy: 11n}],
    [['zz'], {}, attributes],
    [[], {}, attributes],
  ])('keys %o: the resource is %o, and the item keeps %o', async (keys, resource, rest) => {
    const yaml = `{keys: [${keys}]}`;
    const item = {attributes};
    const spans = await testProcessor(factory, yaml, 'traces').run(spanBatch(item, item, item));
    const logs = await testProcessor(factory, yaml, 'logs').run(logBatch(item, item, item));
    const points = await testProcessor(factory, yaml, 'metrics').run(metricBatch({points: [item, item, item]}));
    for (const [batch] of [spans, logs, points]) {
      expect(itemsOf(batch!)).toMatchObject([{resource, attributes: rest}, {resource}, {resource}]);
      expect(itemsOf(batch!).map((each) => each.attributes)).toEqual([rest, rest, rest]);
    }
    expect(new Set(spans[0]!.spans.columns.resource.data.slice(0, 3)).size).toBe(1);
    expect(new Set(points[0]!.points.columns.metric.data.slice(0, 3)).size).toBe(1);
  });

  test.each([
    [false, [[Array.from({length: 16}, (_, i) => `foo-${i >> 2}-${i & 3}`)]]],
    [true, Array.from({length: 4}, (_, i) => [Array.from({length: 4}, (__, j) => `foo-${i}-${j}`)])],
  ])('resources that differ (%s) stay apart, equal ones and their scopes are joined', async (differ, expected) => {
    const batch = spanBatch();
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const one = spanBatch({
          name: `foo-${i}-${j}`,
          ...(differ && {resource: {index: BigInt(i)}}),
          attributes: {grouped: 'abc', other: 'xyz'},
        });
        // Each with a resource and a scope of its own, as senders that do not compact have it.
        const {appendBatch} = await import('../model/index.ts');
        appendBatch(batch, one as never);
      }
    }
    const processor = testProcessor(factory, '{keys: [grouped]}', 'traces');
    const [out] = await processor.run(batch);
    expect(nested(out!)).toEqual(expected);
    for (const item of itemsOf(out!)) {
      expect(item).toMatchObject({attributes: {other: 'xyz'}, resource: {grouped: 'abc'}});
    }
    expect(processor.count('otelcol_processor_groupbyattrs_num_grouped_spans')).toBe(16);
    expect(processor.count('otelcol_processor_groupbyattrs_num_non_grouped_spans')).toBe(0);
  });

  test('a value of an item goes before that of its resource, types are told apart, order does not matter', async () => {
    const [batch] = await testProcessor(factory, '{keys: [a, b]}', 'logs').run(
      logBatch(
        {resource: {a: 'r', c: 'c'}, attributes: {a: 'i'}},
        {resource: {c: 'c', a: 'i'}},
        {resource: {c: 'c'}, attributes: {a: 'i'}},
        {resource: {c: 'c'}, attributes: {a: 5n}},
        {resource: {c: 'c'}, attributes: {a: '5', x: [1n]}},
      ),
    );
    expect(itemsOf(batch!).map(({resource}) => resource)).toEqual([
      {a: 'i', c: 'c'},
      {a: 'i', c: 'c'},
      {a: 'i', c: 'c'},
      {a: 5n, c: 'c'},
      {a: '5', c: 'c'},
    ]);
    const rows = [...batch!.logs.columns.resource.data.slice(0, 5)];
    expect(new Set(rows).size).toBe(3);
    expect(new Set(rows.slice(0, 3)).size).toBe(1);
    expect(itemsOf(batch!)[4]!.attributes).toEqual({x: [1n]});
  });

  test('points of one metric go to the resources that they name, and metrics that differ stay apart', async () => {
    const processor = testProcessor(factory, '{keys: [id]}', 'metrics');
    const point = (id: string, value: number) => ({attributes: {id, l: value}, value});
    const [batch] = await processor.run(
      metricBatch(
        {name: 'm', points: [point('eth0', 1), point('eth1', 2), {value: 3}]},
        {name: 'm', points: [point('eth0', 4)]},
        {name: 'm', unit: 's', points: [point('eth0', 5)]},
      ),
    );
    expect(itemsOf(batch!)).toEqual([
      {resource: {id: 'eth0'}, name: 'm', attributes: {l: 1}, value: 1},
      {resource: {id: 'eth1'}, name: 'm', attributes: {l: 2}, value: 2},
      {resource: {}, name: 'm', attributes: {}, value: 3},
      {resource: {id: 'eth0'}, name: 'm', attributes: {l: 4}, value: 4},
      {resource: {id: 'eth0'}, name: 'm', attributes: {l: 5}, value: 5},
    ]);
    const [first, , , fourth, fifth] = batch!.points.columns.metric.data;
    expect([first === fourth, first === fifth]).toEqual([true, false]);
    expect(processor.count('otelcol_processor_groupbyattrs_num_non_grouped_metrics')).toBe(1);
  });

  test('an empty key is a fault', () => expect(configFaults(factory, '{keys: [""]}').join()).toContain('empty key'));
});
