import {expect, it} from 'vitest';
import {PermanentError} from '../base/index.ts';
import {object} from '../config/index.ts';
import type {AnyBatch, Batch, Lent} from '../model/index.ts';
import {allSignals, type Intake, type ReceiverFactory} from '../pipeline/index.ts';
import {contextOf, countOf} from '../pipeline/testing.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';
import {pointsOf} from './testing-metrics.ts';
import {logBatch, metricBatch, type PlainSpan, spanBatch} from './testing-processor.ts';

/** Gives batches to a connector and reads the metrics behind it. */
async function through(connector: string, config: string, ...batches: readonly AnyBatch[]) {
  let intake: Intake | undefined;
  const test: ReceiverFactory<object> = {
    help: '',
    signals: allSignals,
    config: object({}),
    create(_, __, given) {
      intake = given;
      return {};
    },
  };
  const signals = [...new Set(batches.map(({signal}) => signal))];
  await using collector = await startTestCollector({
    yaml: `receivers: {test: }
connectors: {${connector}: ${config}}
exporters: {weft: }
service: {pipelines: {${signals.map((signal) => `${signal}/in: {receivers: [test], exporters: [${connector}]}`).join(', ')}, metrics/out: {receivers: [${connector}], exporters: [weft]}}}`,
    registry: {...registry, receivers: {...registry.receivers, test: async () => test}},
  });
  for (const batch of batches) await intake?.deliver({batch, context: contextOf(), transport: 'test'});
  return {
    points: pointsOf(collector.metrics as readonly Lent<AnyBatch>[]),
    errors: countOf(collector.meter, 'weft_ottl_errors', {}),
  };
}

const counts = async (config: string, ...batches: readonly AnyBatch[]) =>
  (await through('count', config, ...batches)).points.map(({resource, name, labels, value}) => [
    resource.r ?? '',
    name,
    labels,
    value,
  ]);

const spans = (): AnyBatch => {
  const rows: PlainSpan[] = [
    {resource: {r: 'a'}, name: 'x', attributes: {env: 'prod', n: 1n}, events: [{name: 'e'}, {name: 'prodevent'}]},
    {resource: {r: 'a'}, name: 'y', attributes: {env: 'prod', n: 2n}},
    {resource: {r: 'b'}, scope: {name: 's', attributes: {env: 'of the scope'}}, name: 'z', attributes: {n: 1n}},
  ];
  return spanBatch(...rows);
};

it('count: without settings it counts everything, for each resource, as deltas', async () => {
  const logs = logBatch({resource: {r: 'a'}, time: 5n}, {resource: {r: 'a'}, time: 9n});
  const metrics = metricBatch({resource: {r: 'a'}, points: [{value: 1}, {value: 2}]}, {points: [{value: 1}]});
  const {points} = await through('count', '{}', spans(), logs, metrics);
  expect(points.map(({resource, name, value}) => [resource.r ?? '', name, value])).toEqual([
    ['a', 'trace.span.count', 2],
    ['a', 'trace.span.event.count', 2],
    ['b', 'trace.span.count', 1],
    ['a', 'log.record.count', 2],
    ['a', 'metric.count', 1],
    ['a', 'metric.datapoint.count', 2],
    ['', 'metric.count', 1],
    ['', 'metric.datapoint.count', 1],
  ]);
  expect(points.find(({name}) => name === 'log.record.count')).toMatchObject({
    type: 'sum',
    temporality: 1,
    scope: 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector',
    point: {startTimeUnixNano: '5', timeUnixNano: '9'},
  });
});

it('count: conditions are alternatives', async () => {
  const config = `{spans: {}, spanevents: {mine: {conditions: ['name == "prodevent"', 'attributes["no"] == "such"']}}}`;
  expect(await counts(config, spans())).toEqual([['a', 'mine', {}, 1]]);
});

it('count: attributes keep counts apart, and come from the item, its scope or its resource', async () => {
  const config = '{spans: {mine: {attributes: [{key: env}, {key: r}]}}, spanevents: {}}';
  expect(await counts(config, spans())).toEqual([
    ['a', 'mine', {env: 'prod', r: 'a'}, 2],
    ['b', 'mine', {env: 'of the scope', r: 'b'}, 1],
  ]);
});

it('count: numbers that JSON does not have are values of their own', async () => {
  const numbers = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const batch = spanBatch(...[...numbers, 0].map((n) => ({attributes: {n}})));
  const counted = await counts('{spans: {mine: {attributes: [{key: n}]}}}', batch);
  expect(counted.map(([, , , value]) => value)).toEqual([2, 1, 1, 1, 1]);
});

it('count: items without an attribute do not count, unless it has a default', async () => {
  const batch = () => spanBatch({attributes: {env: 'prod'}}, {});
  expect(await counts('{spans: {mine: {attributes: [{key: env}]}}}', batch())).toEqual([
    ['', 'mine', {env: 'prod'}, 1],
  ]);
  const config = '{spans: {mine: {attributes: [{key: env, default_value: none}]}}}';
  expect(await counts(config, batch())).toEqual([
    ['', 'mine', {env: 'prod'}, 1],
    ['', 'mine', {env: 'none'}, 1],
  ]);
});

it('count: an error in a condition refuses the batch, as in the Collector', async () => {
  const config = `{spans: {mine: {conditions: ['Int(attributes["n"]) > "x"', 'ParseJSON(name) == nil']}}}`;
  await expect(through('count', config, spans())).rejects.toThrow(PermanentError);
});

it('count: metrics whose points are all gone do not count', async () => {
  const batch = metricBatch({name: 'gone', points: [{value: 1}]}, {name: 'there', points: [{value: 1}]});
  (batch as Batch).items.columns.metric?.copyRow(0, batch.points.columns.metric as never, 1, {
    ref: (_: string, row: number) => row,
  } as never);
  expect(await counts('{datapoints: {}}', batch)).toEqual([['', 'metric.count', {}, 1]]);
});

const sums = async (config: string, ...batches: readonly AnyBatch[]) =>
  (await through('sum', config, ...batches)).points.map(({name, labels, value}) => [name, labels, value]);

it('sum: adds the numbers in an attribute, also those in texts, apart by attributes', async () => {
  const batch = () =>
    spanBatch(
      {attributes: {bytes: 3n, host: 'a'}},
      {attributes: {bytes: 1.5, host: 'a'}},
      {attributes: {bytes: '10', host: 'b'}},
      {attributes: {bytes: 'none', host: 'b'}},
      {attributes: {bytes: 100n}},
    );
  expect(await sums('{spans: {total: {source_attribute: bytes}}}', batch())).toEqual([['total', {}, 114.5]]);
  const config = '{spans: {total: {source_attribute: bytes, attributes: [{key: host}]}}}';
  expect(await sums(config, batch())).toEqual([
    ['total', {host: 'a'}, 4.5],
    ['total', {host: 'b'}, 10],
  ]);
});

it('sum: of points and log records that fit a condition', async () => {
  const logs = logBatch(
    {severityNumber: 17, attributes: {n: 2n}},
    {severityNumber: 17, attributes: {n: 3n}},
    {severityNumber: 9, attributes: {n: 100n}},
  );
  const metrics = metricBatch({points: [{attributes: {n: 7n}, value: 1}]});
  const config = `{logs: {errors: {source_attribute: n, conditions: ['severity_number >= SEVERITY_NUMBER_ERROR']}}, datapoints: {all: {source_attribute: n}}}`;
  expect(await sums(config, logs, metrics)).toEqual([
    ['errors', {}, 5],
    ['all', {}, 7],
  ]);
});
