import {expect, it} from 'vitest';
import {createMeter, PermanentError, RetryableError} from '../base/index.ts';
import {object} from '../config/index.ts';
import {type AnyBatch, type ConsumeContext, copyBatch, type Lent, type Taker} from '../model/index.ts';
import {
  allSignals,
  type ExporterFactory,
  type Intake,
  loadConfig,
  type ReceiverFactory,
  reads,
  takes,
} from '../pipeline/index.ts';
import {contextOf, countOf, testSettings} from '../pipeline/testing.ts';
import {failoverConnector} from './connector-failover.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';
import {configOf} from './testing-metrics.ts';
import {itemsOf, logBatch, metricBatch, spanBatch} from './testing-processor.ts';

/** Pipelines `SIGNAL/a`, `/b`, `/c` behind a connector; each ends in an exporter that remembers, or refuses. */
async function behind(connector: string, config: string) {
  const got: Record<string, AnyBatch[]> = {a: [], b: [], c: []};
  const refusals: Record<string, Error | undefined> = {};
  let intake: Intake | undefined;
  const receiver: ReceiverFactory<object> = {
    help: '',
    signals: allSignals,
    config: object({}),
    create(_, __, given) {
      intake = given;
      return {};
    },
  };
  const exporter: ExporterFactory<object> = {
    help: '',
    signals: allSignals,
    config: object({}),
    create: ({id}) => ({
      consumer: reads(async (batch) => {
        const name = id.split('/')[1] as string;
        if (refusals[name] !== undefined) throw refusals[name];
        got[name]?.push(copyBatch(batch as Lent<AnyBatch>));
      }),
    }),
  };
  const outs = allSignals.flatMap((signal) =>
    ['a', 'b', 'c'].map((name) => `${signal}/${name}: {receivers: [${connector}], exporters: [end/${name}]}`),
  );
  const ins = allSignals.map((signal) => `${signal}/in: {receivers: [test], exporters: [${connector}]}`);
  const collector = await startTestCollector({
    yaml: `receivers: {test: }
connectors: {${connector}: ${config}}
exporters: {end/a: , end/b: , end/c: }
service: {pipelines: {${[...ins, ...outs].join(', ')}}}`,
    registry: {
      ...registry,
      receivers: {test: async () => receiver},
      exporters: {...registry.exporters, end: async () => exporter},
    },
  });
  return {
    got,
    refusals,
    collector,
    send: async (batch: AnyBatch, context: ConsumeContext = contextOf()) =>
      intake?.deliver({batch, context, transport: 'test'}),
    names: (key: string = 'name') =>
      Object.fromEntries(
        Object.entries(got).flatMap(([name, batches]) =>
          batches.length === 0 ? [] : [[name, batches.flatMap((batch) => itemsOf(batch).map((item) => item[key]))]],
        ),
      ),
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  };
}

const spans = () =>
  spanBatch(
    {resource: {tenant: 'acme'}, name: 'one', attributes: {region: 'east'}},
    {resource: {tenant: 'ecorp'}, name: 'two', attributes: {region: 'east'}},
    {resource: {tenant: 'other'}, name: 'three'},
  );

it('routing: by resource, each to the first route that fits, the rest to the default', async () => {
  await using it = await behind(
    'routing',
    `{default_pipelines: [traces/c], table: [{condition: 'attributes["tenant"] == "acme"', pipelines: [traces/a]}, {statement: 'route() where attributes["tenant"] != "other"', pipelines: [traces/b]}]}`,
  );
  await it.send(spans());
  expect(it.names()).toEqual({a: ['one'], b: ['two'], c: ['three']});
});

it('routing: by span, by metric, by point and by log record', async () => {
  await using it = await behind(
    'routing',
    `{default_pipelines: [traces/c, metrics/c, logs/c], table: [
      {context: span, condition: 'attributes["region"] == "east"', pipelines: [traces/a]},
      {context: metric, condition: 'name == "m"', pipelines: [metrics/a]},
      {context: datapoint, condition: 'value_double > 1', pipelines: [metrics/b]},
      {context: log, condition: 'severity_number >= SEVERITY_NUMBER_ERROR', pipelines: [logs/a]}]}`,
  );
  await it.send(spans());
  await it.send(metricBatch({name: 'm', points: [{value: 1}]}, {name: 'n', points: [{value: 1}, {value: 2}]}));
  await it.send(logBatch({body: 'bad', severityNumber: 17}, {body: 'good', severityNumber: 9}));
  expect(it.names()).toEqual({
    a: ['one', 'two', 'm', undefined],
    b: ['n'],
    c: ['three', 'n', undefined],
  });
  expect(it.names('body')).toMatchObject({a: [undefined, undefined, undefined, 'bad']});
});

it('routing: by the headers of the sender, in whatever case they are written', async () => {
  await using it = await behind(
    'routing',
    `{default_pipelines: [traces/c], table: [{context: request, condition: 'request["X-Tenant"] == "acme"', pipelines: [traces/a]}]}`,
  );
  await it.send(spans(), contextOf('default', {'x-tenant': 'acme'}));
  await it.send(spans(), contextOf('default', {'x-tenant': 'ecorp'}));
  await it.send(spans());
  expect(it.got.a?.length).toBe(1);
  expect(it.got.c?.length).toBe(2);
});

it('routing: several pipelines of a route each get what fits, and without a default the rest is dropped and counted', async () => {
  await using it = await behind(
    'routing',
    `{table: [{condition: 'attributes["tenant"] == "acme"', pipelines: [traces/a, traces/b]}]}`,
  );
  await it.send(spans());
  expect(it.names()).toEqual({a: ['one'], b: ['one']});
  expect(countOf(it.collector.meter, 'weft_connector_dropped_items', {connector: 'routing', reason: 'no_route'})).toBe(
    2,
  );
});

it('routing: `action: copy` and `match_once: false` leave what fits to later routes', async () => {
  const table = (action: string) =>
    `table: [{context: span, condition: 'attributes["region"] == "east"', ${action}pipelines: [traces/a]}, {condition: 'attributes["tenant"] == "acme"', pipelines: [traces/b]}]`;
  await using copied = await behind('routing', `{default_pipelines: [traces/c], ${table('action: copy, ')}}`);
  await copied.send(spans());
  expect(copied.names()).toEqual({a: ['one', 'two'], b: ['one'], c: ['two', 'three']});
  await using each = await behind('routing', `{default_pipelines: [traces/c], match_once: false, ${table('')}}`);
  await each.send(spans());
  expect(each.names()).toEqual({a: ['one', 'two'], b: ['one'], c: ['three']});
});

it('routing: an error in a condition refuses the batch, or lets it go on where the mode says so', async () => {
  const table = `table: [{condition: 'ParseJSON(attributes["tenant"]) == nil', pipelines: [traces/a]}]`;
  await using strict = await behind('routing', `{default_pipelines: [traces/c], ${table}}`);
  await expect(strict.send(spans())).rejects.toThrow(PermanentError);
  await using lax = await behind('routing', `{default_pipelines: [traces/c], error_mode: silent, ${table}}`);
  await lax.send(spans());
  expect(lax.names()).toEqual({c: ['one', 'two', 'three']});
});

it('routing: a refusal by one pipeline reaches the sender', async () => {
  await using it = await behind(
    'routing',
    `{default_pipelines: [traces/c], table: [{condition: 'attributes["tenant"] == "acme"', pipelines: [traces/a]}]}`,
  );
  it.refusals.a = new RetryableError('full', 'later');
  await expect(it.send(spans())).rejects.toThrow(RetryableError);
});

it('routing: faults of the table are told where they are', async () => {
  const faults = async (table: string): Promise<readonly string[]> => {
    const loaded = await loadConfig({
      registry,
      configs: [
        `yaml:receivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nconnectors: {routing: {table: ${table}}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [routing]}, traces/a: {receivers: [routing], exporters: [weft]}}}`,
      ],
      env: {},
    });
    return loaded.kind === 'faulty' ? loaded.faults.map(({message}) => message) : [];
  };
  expect(await faults('[{pipelines: [traces/a]}]')).toEqual(['`table`: set `condition` or `statement`']);
  expect(await faults('[{condition: "true"}]')).toEqual(['`table`: `pipelines` is required: where to give what fits']);
  expect((await faults('[{condition: "name = 3", pipelines: [traces/a]}]')).length).toBe(1);
  expect(await faults(`[{context: request, condition: 'request["a"] > 1', pipelines: [traces/a]}]`)).toEqual([
    '`table`: expected `request["header"] == "value"`, or with `!=`, found "request["a"] > 1"',
  ]);
});

it('roundrobin: each batch goes to the next pipeline', async () => {
  await using it = await behind('roundrobin', '{}');
  for (let i = 0; i < 5; i++) await it.send(spans());
  expect([it.got.a?.length, it.got.b?.length, it.got.c?.length]).toEqual([2, 2, 1]);
});

const levels = '{priority_levels: [[traces/a], [traces/b], [traces/c]], retry_interval: 1m}';

it('failover: the first level that takes the data gets it, and a level that refused is tried again after its interval', async () => {
  let now = 1_700_000_000_000;
  const meter = createMeter();
  let isAway = true;
  const got: string[] = [];
  const pipeline = (name: string) =>
    takes(async () => {
      if (name === 'a' && isAway) throw new RetryableError('away', 'later');
      got.push(name);
    });
  const {consumer} = failoverConnector.create(
    testSettings({meter, clock: {now: () => now}}),
    configOf(failoverConnector.config, levels),
    {},
    new Map(['a', 'b', 'c'].map((name) => [`traces/${name}`, pipeline(name)])),
  );
  const send = () => (consumer as Taker).consume(spans(), contextOf());
  await send();
  await send();
  isAway = false;
  await send();
  expect(got).toEqual(['b', 'b', 'b']);
  expect(countOf(meter, 'weft_failover_refusals', {})).toBe(1);
  expect(countOf(meter, 'weft_failover_level', {otel_signal: 'traces'})).toBe(1);
  now += 60_000;
  await Promise.all([send(), send()]);
  expect(got.slice(3).toSorted()).toEqual(['a', 'b']);
  await send();
  expect(got.at(-1)).toBe('a');
});

it('failover: with every level refusing the sender is told, and all of them were asked', async () => {
  await using it = await behind('failover', levels);
  for (const name of ['a', 'b', 'c']) it.refusals[name] = new RetryableError('away', name);
  await expect(it.send(spans())).rejects.toThrow(RetryableError);
  it.refusals.c = undefined;
  await it.send(spans());
  expect(it.got.c?.length).toBe(1);
});
