import {expect, it} from 'vitest';
import {PermanentError, utf8} from '../base/index.ts';
import {copyBatch, type LogBatch, type MetricBatch} from '../model/index.ts';
import {reads} from '../pipeline/index.ts';
import {contextOf, countOf, testSettings} from '../pipeline/testing.ts';
import {encodeJson, otlp} from '../wire/index.ts';
import {exceptionsConnector} from './connector-exceptions.ts';
import {configOf, pointsOf, type SpanText, spansOf} from './testing-metrics.ts';

function exceptions(yaml = '{}') {
  const metrics: MetricBatch[] = [];
  const logs: LogBatch[] = [];
  const settings = testSettings({id: 'exceptions'});
  let refusal: Error | undefined;
  const connector = exceptionsConnector.create(
    settings,
    configOf(exceptionsConnector.config, yaml),
    {
      metrics: reads<'metrics'>(async (batch) => {
        if (refusal !== undefined) throw refusal;
        metrics.push(copyBatch(batch) as MetricBatch);
      }),
      logs: reads<'logs'>(async (batch) => void logs.push(copyBatch(batch) as LogBatch)),
    },
    new Map(),
  );
  return {
    metrics,
    logs,
    settings,
    refuse: (error: Error | undefined) => void (refusal = error),
    add: (...spans: readonly SpanText[]) => connector.consumer.consume(spansOf(...spans), contextOf()),
    addLogs: (json: object) =>
      connector.consumer.consume(otlp.logs.decodeJson(Buffer.from(JSON.stringify(json))).batch, contextOf()),
  };
}

const thrown = (type: string, message = 'm') => ({
  name: 'exception',
  attributes: {'exception.type': type, 'exception.message': message, 'exception.stacktrace': 'at x'},
});

it('exceptions connector: counts by service, span, kind, status, type and message; each batch tells what it changed', async () => {
  const {add, metrics} = exceptions();
  await add({kind: 'server', failed: true, state: 'ot=th:8', events: [thrown('A'), thrown('A'), {name: 'log'}]});
  await add({kind: 'server', failed: true, events: [thrown('A')]}, {events: [thrown('B')]}, {});
  await add({});
  const labels = (type: string) => ({
    'service.name': 'shop',
    'span.name': 'GET /',
    'span.kind': type === 'A' ? 'SPAN_KIND_SERVER' : 'SPAN_KIND_INTERNAL',
    'status.code': type === 'A' ? 'STATUS_CODE_ERROR' : 'STATUS_CODE_UNSET',
    'exception.type': type,
    'exception.message': 'm',
  });
  expect(
    metrics.map((batch) => pointsOf([batch]).map(({name, scope, labels: own, value}) => [name, scope, own, value])),
  ).toEqual([
    [['exceptions', 'exceptionsconnector', labels('A'), 4]],
    [
      ['exceptions', 'exceptionsconnector', labels('A'), 5],
      ['exceptions', 'exceptionsconnector', labels('B'), 1],
    ],
  ]);
});

it('exceptions connector: makes a log record of each, with its span and stack', async () => {
  const {add, logs} = exceptions('{dimensions: [{name: exception.type}, {name: zone, default: z}]}');
  await add({
    trace: 7,
    id: 9,
    resource: {'host.name': 'h'},
    scope: {name: 'lib'},
    attributes: {'http.route': '/'},
    events: [thrown('A')],
  });
  const {resourceLogs} = JSON.parse(utf8(encodeJson(logs[0] as LogBatch)));
  expect(resourceLogs).toMatchObject([
    {
      resource: {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}, {key: 'host.name'}]},
      scopeLogs: [
        {
          scope: {name: 'lib'},
          logRecords: [
            {
              severityNumber: 17,
              severityText: 'ERROR',
              eventName: 'exception',
              traceId: `${'0'.repeat(31)}7`,
              spanId: `${'0'.repeat(15)}9`,
            },
          ],
        },
      ],
    },
  ]);
  const {attributes} = resourceLogs[0].scopeLogs[0].logRecords[0];
  expect(
    Object.fromEntries(
      attributes.map(({key, value}: {key: string; value: {stringValue: string}}) => [key, value.stringValue]),
    ),
  ).toEqual({
    'http.route': '/',
    'span.name': 'GET /',
    'span.kind': 'SPAN_KIND_INTERNAL',
    'status.code': 'STATUS_CODE_UNSET',
    'service.name': 'shop',
    'exception.type': 'A',
    'exception.message': 'm',
    zone: 'z',
    'exception.stacktrace': 'at x',
  });
});

it('exceptions connector: takes the log records that are exceptions, and counts them by service, type and message', async () => {
  const {addLogs, logs, metrics} = exceptions('{dimensions: [{name: exception.type}, {name: zone, default: z}]}');
  const record = (eventName: string, type: string, zone?: string) => ({
    eventName,
    attributes: [
      {key: 'exception.type', value: {stringValue: type}},
      ...(zone === undefined ? [] : [{key: 'zone', value: {stringValue: zone}}]),
    ],
  });
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]};
  const records = [
    record('exception', 'A'),
    record('other', 'A'),
    record('exception', 'A'),
    record('exception', 'B', 'y'),
  ];
  await addLogs({resourceLogs: [{resource, scopeLogs: [{logRecords: records}]}]});
  const taken = JSON.parse(utf8(encodeJson(logs[0] as LogBatch))).resourceLogs;
  expect(taken).toHaveLength(1);
  expect(taken[0].resource).toEqual(resource);
  expect(taken[0].scopeLogs[0].logRecords.map((each: {eventName: string}) => each.eventName)).toEqual([
    'exception',
    'exception',
    'exception',
  ]);
  const counted = pointsOf(metrics).map(({name, labels, value}) => [name, labels, value]);
  expect(counted).toEqual([
    ['exceptions', {'service.name': 'shop', 'exception.type': 'A', zone: 'z'}, 2],
    ['exceptions', {'service.name': 'shop', 'exception.type': 'B', zone: 'y'}, 1],
  ]);
});

it('exceptions connector: what was refused is not counted when it comes again', async () => {
  const {add, metrics, refuse} = exceptions();
  refuse(new PermanentError('no', 'no'));
  await expect(add({events: [thrown('A')]})).rejects.toThrow('no');
  refuse(undefined);
  await add({events: [thrown('A')]});
  expect(pointsOf(metrics).map(({value}) => value)).toEqual([1]);
});

it('exceptions connector: names spans as exemplars where that is wanted, and folds what is too much', async () => {
  const {add, metrics, settings} = exceptions('{exemplars: {enabled: true}, max_series: 1}');
  await add({events: [thrown('A'), thrown('B'), thrown('C')]}, {service: '', events: [thrown('A')]});
  const points = pointsOf(metrics);
  expect(points.map(({labels, value}) => [labels['exception.type'] ?? labels['otel.metric.overflow'], value])).toEqual([
    ['A', 1],
    [true, 2],
  ]);
  expect(points[0]?.point.exemplars).toHaveLength(1);
  expect(countOf(settings.meter, 'weft_connector_uncounted_spans', {reason: 'overflow'})).toBe(2);
  expect(countOf(settings.meter, 'weft_connector_uncounted_spans', {reason: 'no_service_name'})).toBe(1);
});

it('exceptions connector: a dimension that is there already is a fault', () => {
  expect(() => configOf(exceptionsConnector.config, '{dimensions: [{name: span.kind}]}')).toThrow(
    '`span.kind` is there already',
  );
});
