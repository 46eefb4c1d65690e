import {expect, it} from 'vitest';
import {version} from '../base/index.ts';
import {type AnyBatch, createMetricWriter, type Lent, type MetricBatch, type NewMetric} from '../model/index.ts';
import {metricsTransformProcessor} from './processor-metricstransform.ts';
import {pointsOf} from './testing-metrics.ts';
import {configFaults, testProcessor} from './testing-processor.ts';

type Writer = ReturnType<typeof createMetricWriter>;
type Labels = Readonly<Record<string, string>>;

const attributes = (labels: Labels) =>
  Object.entries(labels).map(([key, value]) => ({key, value: {type: 'string', value} as const}));

function batch(write: (writer: Writer) => void): MetricBatch {
  const writer = createMetricWriter();
  writer.resource(attributes({host: 'h'}));
  write(writer);
  return writer.batch;
}

/** A gauge (or what `given` says) with points `[labels, value]`. */
function metric(
  writer: Writer,
  name: string,
  points: readonly (readonly [Labels, number | bigint])[],
  given: Partial<NewMetric> = {},
): void {
  writer.metric({name, type: 'gauge', ...given} as NewMetric);
  for (const [labels, value] of points) writer.number({value, time: 1n, attributes: attributes(labels)});
}

const usage = (): MetricBatch =>
  batch((writer) =>
    metric(writer, 'system.cpu.usage', [
      [{cpu: '0', state: 'user'}, 1],
      [{cpu: '1', state: 'user'}, 3],
      [{cpu: '0', state: 'system'}, 4],
      [{cpu: '1', state: 'slab_reclaimable'}, 6],
    ]),
  );

async function points(transforms: string, given: MetricBatch = usage()) {
  const {run} = testProcessor(metricsTransformProcessor, `{transforms: [${transforms}]}`, 'metrics');
  return pointsOf((await run(given)) as unknown as readonly Lent<AnyBatch>[]);
}

/** What came out, each point as `name{labels} value`. */
async function out(transforms: string, given?: MetricBatch): Promise<string[]> {
  return (await points(transforms, given)).map(
    ({name, labels, value}) =>
      `${name}{${Object.entries(labels)
        .map(([key, label]) => `${key}=${label}`)
        .sort()
        .join()}} ${value}`,
  );
}

const two = (): MetricBatch =>
  batch((writer) => {
    metric(writer, 'system.cpu.usage', [[{state: 'user'}, 1]]);
    metric(writer, 'system.cpu.time', [[{state: 'user'}, 5n]], {type: 'sum', temporality: 'cumulative'});
    metric(writer, 'other', [[{}, 9]]);
  });

it('metricstransform: a metric gets a new name, by its name or by groups of an expression', async () => {
  expect(await out('{include: system.cpu.usage, action: update, new_name: cpu}', two())).toEqual([
    'cpu{state=user} 1',
    'system.cpu.time{state=user} 5',
    'other{} 9',
  ]);
  const braced = (text: string): string => text.replaceAll('[', '{').replaceAll(']', '}');
  const renamed = ['host.usage.cpu{state=user} 1', 'host.time.cpu{state=user} 5', 'other{} 9'];
  for (const name of ['host.$2.$1', 'host.$[2].$[1]', 'host.$[what].$[of]']) {
    const transform = `{include: '^system\\.(?P<of>.*)\\.(?P<what>.*)$', match_type: regexp, action: update, new_name: '${braced(name)}'}`;
    expect(await out(transform, two()), name).toEqual(renamed);
  }
});

it('metricstransform: labels are added, renamed, and their values changed and deleted', async () => {
  const operations = `[
    {action: add_label, new_label: version, new_value: v1},
    {action: add_label, new_label: version, new_value: v2},
    {action: update_label, label: state, new_label: mode, value_actions: [{value: user, new_value: User}]},
    {action: delete_label_value, label: mode, label_value: system}]`;
  expect(await out(`{include: system.cpu.usage, action: update, operations: ${operations}}`)).toEqual([
    'system.cpu.usage{cpu=0,mode=User,version=v1} 1',
    'system.cpu.usage{cpu=1,mode=User,version=v1} 3',
    'system.cpu.usage{cpu=1,mode=slab_reclaimable,version=v1} 6',
  ]);
});

it('metricstransform: a metric without points left is gone, and a batch without metrics is not handed on', async () => {
  const transform = `{include: other, action: update, operations: [{action: delete_label_value, label: a, label_value: b}]}`;
  const one = (): MetricBatch => batch((writer) => metric(writer, 'other', [[{a: 'b'}, 1]]));
  expect(await out(transform, one())).toEqual([]);
});

it.each([
  ['sum', [4, 4, 6]],
  ['mean', [2, 4, 6]],
  ['min', [1, 4, 6]],
  ['max', [3, 4, 6]],
  ['count', [2, 4, 6]],
  ['median', [2, 4, 6]],
])('metricstransform: points become one by their %s where only some labels stay', async (how, values) => {
  const operation = `{action: aggregate_labels, label_set: [state], aggregation_type: ${how}}`;
  const all = await points(`{include: system.cpu.usage, action: update, operations: [${operation}]}`);
  expect(all.map(({labels, value}) => [labels, value])).toEqual([
    [{state: 'user'}, values[0]],
    [{state: 'system'}, values[1]],
    [{state: 'slab_reclaimable'}, values[2]],
  ]);
});

it('metricstransform: values of a label become one', async () => {
  const operation = `{action: aggregate_label_values, label: state, aggregated_values: [user, system], new_value: used, aggregation_type: sum}`;
  expect(await out(`{include: system.cpu.usage, action: update, operations: [${operation}]}`)).toEqual([
    'system.cpu.usage{cpu=0,state=used} 5',
    'system.cpu.usage{cpu=1,state=used} 3',
    'system.cpu.usage{cpu=1,state=slab_reclaimable} 6',
  ]);
});

it('metricstransform: points of different times do not become one', async () => {
  const given = batch((writer) => {
    writer.metric({name: 'm', type: 'gauge'});
    for (const time of [1n, 2n, 2n]) writer.number({value: 1n, time, attributes: attributes({pod: `p${time}`})});
  });
  const operation = '{action: aggregate_labels, label_set: [], aggregation_type: sum}';
  expect(await out(`{include: m, action: update, operations: [${operation}]}`, given)).toEqual(['m{} 1', 'm{} 2']);
});

it('metricstransform: values change between whole numbers and doubles, and are scaled', async () => {
  const given = batch((writer) => {
    metric(writer, 'm', [
      [{}, 7n],
      [{a: '1'}, 2.9],
    ]);
  });
  const toggled = '{include: m, action: update, operations: [{action: toggle_scalar_data_type}]}';
  const scaled =
    '{include: m, action: update, operations: [{action: experimental_scale_value, experimental_scale: 1.5}]}';
  expect(await out(toggled, given)).toEqual(['m{} 7', 'm{a=1} 2']);
  const other = batch((writer) =>
    metric(writer, 'm', [
      [{}, 7n],
      [{a: '1'}, 2.9],
    ]),
  );
  expect(await out(`${toggled}, ${scaled}`, other)).toEqual(['m{} 10.5', 'm{a=1} 3']);
});

it('metricstransform: histograms are scaled and summed', async () => {
  const given = batch((writer) => {
    writer.metric({name: 'h', type: 'histogram', temporality: 'delta'});
    for (const [pod, min] of [
      ['a', 0.5],
      ['b', 0.25],
    ] as const) {
      const counts = {bounds: [1, 2], counts: [1, 2, 3], sum: 9, count: 6, min, max: 4};
      writer.histogram({...counts, time: 1n, attributes: attributes({pod})});
    }
  });
  const operations = `[{action: experimental_scale_value, experimental_scale: 1000},
    {action: aggregate_labels, label_set: [], aggregation_type: sum}]`;
  const all = await points(`{include: h, action: update, operations: ${operations}}`, given);
  expect(all).toHaveLength(1);
  expect(all[0]).toMatchObject({
    labels: {},
    point: {explicitBounds: [1000, 2000], bucketCounts: ['2', '4', '6'], sum: 18_000, count: '12', min: 250, max: 4000},
  });
});

it.each([
  // 1,000 is between 2^9.5 and 2^10, and the middle of the first bucket of scale 0 is 1.5 times its lower bound.
  {scale: 0, factor: 1000, offsets: [10, 11]},
  {scale: 3, factor: 1000, offsets: [80, 81]},
  {scale: 0, factor: 0.25, offsets: [-2, -1]},
  {scale: -11, factor: 4, offsets: [1, 2]},
])(
  'metricstransform: exponential histograms of scale $scale are scaled by $factor',
  async ({scale, factor, offsets}) => {
    const given = batch((writer) => {
      writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'delta'});
      const [positive, negative] = [0, 1].map((offset) => ({offset, counts: [1, 1]}));
      const buckets = {scale, zeroCount: 1, zeroThreshold: 0.5, positive: positive!, negative: negative!};
      const exemplars = [
        {time: 1n, value: 2.5},
        {time: 1n, value: 4n},
      ];
      writer.exponentialHistogram({...buckets, count: 5, sum: 3, min: -3, max: 2, time: 1n, exemplars});
    });
    const operation = `{action: experimental_scale_value, experimental_scale: ${factor}}`;
    const [only] = await points(`{include: e, action: update, operations: [${operation}]}`, given);
    const {positive, negative, exemplars, ...rest} = only!.point as Record<string, {readonly offset: number}>;
    expect([positive?.offset ?? 0, negative?.offset ?? 0]).toEqual(offsets);
    expect(rest).toMatchObject({
      ...(scale === 0 ? {} : {scale}),
      sum: 3 * factor,
      min: -3 * factor,
      max: 2 * factor,
      zeroThreshold: 0.5 * factor,
    });
    expect(exemplars).toMatchObject([{asDouble: 2.5 * factor}, {asInt: String(4 * factor)}]);
  },
);

it('metricstransform: summaries are not aggregated, and what follows is not done', async () => {
  const given = batch((writer) => {
    writer.metric({name: 's', type: 'summary'});
    writer.summary({time: 1n, count: 1, sum: 2, quantiles: [], attributes: attributes({pod: 'a'})});
  });
  const aggregate = '{action: aggregate_labels, label_set: [], aggregation_type: sum}';
  const operations = `[{action: add_label, new_label: a, new_value: b}, ${aggregate}, {action: add_label, new_label: c, new_value: d}]`;
  const all = await points(`{include: s, action: update, operations: ${operations}}`, given);
  expect(all.map(({labels}) => labels)).toEqual([{pod: 'a', a: 'b'}]);
  const combined = await points('{include: s, action: combine, new_name: n, aggregation_type: sum}', given);
  expect(combined.map(({name}) => name)).toEqual(['s']);
});

it('metricstransform: a value that others become is aggregated with the points that have it already', async () => {
  const given = batch((writer) =>
    metric(writer, 'm', [
      [{state: 'a'}, 1],
      [{state: 'b'}, 2],
      [{state: 'c'}, 4],
    ]),
  );
  const operation =
    '{action: aggregate_label_values, label: state, aggregated_values: [a], new_value: b, aggregation_type: sum}';
  expect(await out(`{include: m, action: update, operations: [${operation}]}`, given)).toEqual([
    'm{state=b} 3',
    'm{state=c} 4',
  ]);
});

it('metricstransform: deltas that began at different times do not become one', async () => {
  const given = batch((writer) => {
    writer.metric({name: 'm', type: 'sum', temporality: 'delta', monotonic: true});
    for (const start of [1n, 2n, 2n]) writer.number({value: 1n, start, time: 3n});
  });
  const operation = '{action: aggregate_labels, label_set: [], aggregation_type: sum}';
  expect(await out(`{include: m, action: update, operations: [${operation}]}`, given)).toEqual(['m{} 1', 'm{} 2']);
});

it('metricstransform: exponential histograms are summed at the coarser scale', async () => {
  const given = batch((writer) => {
    writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'delta'});
    for (const scale of [1, 0]) {
      const positive = {offset: 0, counts: [1, 1]};
      writer.exponentialHistogram({scale, zeroCount: 0, zeroThreshold: 0, count: 2, sum: 3, time: 1n, positive});
    }
  });
  const operation = '{action: aggregate_labels, label_set: [], aggregation_type: sum}';
  const all = await points(`{include: e, action: update, operations: [${operation}]}`, given);
  expect(all).toHaveLength(1);
  expect(all[0]?.point).toMatchObject({count: '4', sum: 6, positive: {bucketCounts: ['3', '1']}});
});

it('metricstransform: a copy with the points of some labels is inserted, and the metric stays as it was', async () => {
  const transform = `{include: system.cpu.usage, action: insert, new_name: user.usage, experimental_match_labels: {state: user},
    operations: [{action: aggregate_labels, label_set: [state], aggregation_type: sum}]}`;
  expect(await out(transform)).toEqual([...(await out('{include: none, action: update}')), 'user.usage{state=user} 4']);
});

it('metricstransform: metrics are combined into one, with groups of the expression as labels', async () => {
  const given = (): MetricBatch =>
    batch((writer) => {
      metric(writer, 'disk.READ.ops', [[{disk: 'a'}, 1]]);
      metric(writer, 'disk.WRITE.ops', [[{disk: 'a'}, 2]]);
      metric(writer, 'kept', [[{}, 3]]);
    });
  const common = `match_type: regexp, action: combine, new_name: disk.ops, submatch_case: lower`;
  expect(await out(`{include: '^disk\\.(?P<operation>\\w+)\\.ops$', ${common}}`, given())).toEqual([
    'kept{} 3',
    'disk.ops{disk=a,operation=read} 1',
    'disk.ops{disk=a,operation=write} 2',
  ]);
  expect(await out(`{include: '^disk\\.\\w+\\.ops$', ${common}, aggregation_type: sum}`, given())).toEqual([
    'kept{} 3',
    'disk.ops{disk=a} 3',
  ]);
});

it('metricstransform: groups with the same text are labels of their own, those without a name have a number', async () => {
  const given = batch((writer) => metric(writer, 'a.a.b', [[{}, 1]]));
  const include = '^(?P<first>[(a]+)\\.(?P<second>\\w)\\.(b)(?P<none>)$';
  expect(await out(`{include: '${include}', match_type: regexp, action: combine, new_name: m}`, given)).toEqual([
    'm{$3=b,first=a,second=a} 1',
  ]);
});

it('metricstransform: an operation that changes the label asked for does not keep the next from the point', async () => {
  const operations = `[{action: update_label, label: state, new_label: mode}, {action: experimental_scale_value, experimental_scale: 10}]`;
  const transform = `{include: system.cpu.usage, action: update, experimental_match_labels: {state: user}, new_name: no, operations: ${operations}}`;
  expect(await out(transform)).toEqual([
    'system.cpu.usage{cpu=0,mode=user} 10',
    'system.cpu.usage{cpu=1,mode=user} 30',
    'system.cpu.usage{cpu=0,state=system} 4',
    'system.cpu.usage{cpu=1,state=slab_reclaimable} 6',
  ]);
});

it('metricstransform: metrics that differ are not combined', async () => {
  expect(await out(`{include: '^system', match_type: regexp, action: combine, new_name: both}`, two())).toEqual(
    await out('{include: none, action: update}', two()),
  );
});

it('metricstransform: metrics move to a resource with further attributes', async () => {
  const group = `{include: '^system', match_type: regexp, action: group, group_resource_labels: {'resource.type': container}}`;
  const all = await points(`${group}, ${group.replace('container', 'pod')}`, two());
  expect(all.map(({name, resource}) => [name, resource])).toEqual([
    ['other', {host: 'h'}],
    ['system.cpu.usage', {host: 'h', 'resource.type': 'container'}],
    ['system.cpu.time', {host: 'h', 'resource.type': 'container'}],
  ]);
});

it.each(['group', 'combine'])('metricstransform: %s leaves the points that do not have the labels', async (action) => {
  const transform = `{include: system.cpu.usage, action: ${action}, new_name: n, group_resource_labels: {a: b}, experimental_match_labels: {cpu: '1'}}`;
  const all = await points(transform);
  const isMoved = ({name, resource}: (typeof all)[number]): boolean => name === 'n' || resource.a === 'b';
  expect(all.map((point) => [point.labels.cpu, isMoved(point), point.value])).toEqual([
    ['0', false, 1],
    ['0', false, 4],
    ['1', true, 3],
    ['1', true, 6],
  ]);
});

it('metricstransform: the unit, type and temporality of a metric stay with its copies', async () => {
  const given = batch((writer) =>
    metric(writer, 'm', [[{}, 1]], {type: 'sum', temporality: 'cumulative', monotonic: true, unit: 'By'}),
  );
  const all = await points('{include: m, action: insert, new_name: n}', given);
  expect(all.map(({name, type, unit, temporality}) => [name, type, unit, temporality])).toEqual([
    ['m', 'sum', 'By', 2],
    ['n', 'sum', 'By', 2],
  ]);
});

it('metricstransform: {{version}} in a label is the version of Weft', async () => {
  const given = batch((writer) => metric(writer, 'm', [[{a: 'x'}, 1]]));
  const all = await points(
    '{include: m, action: update, operations: [{action: add_label, new_label: by, new_value: "weft {{version}}"}, {action: update_label, label: a, value_actions: [{value: x, new_value: "{{version}}"}]}]}',
    given,
  );
  expect(all.map(({labels}) => labels)).toEqual([{a: version, by: `weft ${version}`}]);
});

it.each([
  ['{include: m, action: insert}', 'new_name'],
  ['{include: m, action: group}', 'group_resource_labels'],
  ['{include: "(", match_type: regexp, action: update, new_name: n}', '"("'],
  ['{include: m, action: update, operations: [{action: add_label, new_label: a}]}', 'new_value'],
  ['{include: m, action: update, operations: [{action: aggregate_labels}]}', 'aggregation_type'],
  [
    '{include: m, action: update, operations: [{action: experimental_scale_value, experimental_scale: 0}]}',
    'experimental_scale',
  ],
])('metricstransform: %s is a fault', (transform, message) => {
  expect(configFaults(metricsTransformProcessor, `{transforms: [${transform}]}`).join()).toContain(message);
});
