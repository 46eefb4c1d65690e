import {expect, it} from 'vitest';
import {filterProcessor} from './processor-filter.ts';
import {configFaults, itemsOf, logBatch, metricBatch, spanBatch, testProcessor} from './testing-processor.ts';

const names = (batches: readonly Parameters<typeof itemsOf>[0][]) => batches.flatMap(itemsOf).map((item) => item.name);

it.each([
  [`traces: {span: ['attributes["url.path"] == "/healthz"', 'name == "ping"']}`, ['GET /cart']],
  [`traces: {resource: ['attributes["service.name"] == "probe"']}`, ['GET /healthz', 'GET /cart']],
  [
    `trace_conditions: ['span.attributes["url.path"] == "/healthz"', 'resource.attributes["service.name"] == "probe"']`,
    ['GET /cart'],
  ],
  [`trace_conditions: [{context: span, conditions: ['name == "ping"', 'IsMatch(name, "cart")']}]`, ['GET /healthz']],
  ['spans: {include: {match_type: strict, services: [probe]}}', ['ping']],
  ['spans: {exclude: {match_type: regexp, span_names: ["^GET"]}}', ['ping']],
  [`traces: {span: ['name == "none"']}`, ['GET /healthz', 'GET /cart', 'ping']],
  ['{}', ['GET /healthz', 'GET /cart', 'ping']],
])('filter: of spans, %s keeps %j and counts the others', async (yaml, kept) => {
  const {run, out, count} = testProcessor(filterProcessor, yaml, 'traces');
  await run(
    spanBatch(
      {name: 'GET /healthz', attributes: {'url.path': '/healthz'}, resource: {'service.name': 'shop'}},
      {name: 'GET /cart', attributes: {'url.path': '/cart'}, resource: {'service.name': 'shop'}},
      {name: 'ping', resource: {'service.name': 'probe'}},
    ),
  );
  expect(names(out)).toEqual(kept);
  expect(count('otelcol_processor_filter_spans_filtered')).toBe(3 - kept.length);
});

it('filter: a batch of which nothing stays goes no further', async () => {
  const {run, out} = testProcessor(filterProcessor, 'traces: {span: ["true"]}', 'traces');
  await run(spanBatch({name: 'a'}, {name: 'b'}));
  expect(out).toEqual([]);
});

it('filter: events are dropped from their spans, which stay', async () => {
  const {run, out, count} = testProcessor(
    filterProcessor,
    `traces: {spanevent: ['name == "noise"', 'attributes["grpc"] == true and span.name == "a"']}`,
    'traces',
  );
  await run(
    spanBatch(
      {
        name: 'a',
        events: [{name: 'noise'}, {name: 'kept', attributes: {x: 1n}}, {name: 'g', attributes: {grpc: true}}],
      },
      {name: 'b', events: [{name: 'g', attributes: {grpc: true}}]},
    ),
  );
  expect(out.flatMap(itemsOf)).toMatchObject([
    {name: 'a', events: [{name: 'kept', attributes: {x: 1n}}]},
    {name: 'b', events: [{name: 'g'}]},
  ]);
  expect(count('weft_processor_filter_span_events_filtered')).toBe(2);
});

it.each([
  [`metrics: {metric: ['name == "cpu"']}`, ['memory', 'memory']],
  [`metrics: {metric: ['HasAttrOnDatapoint("state", "idle")']}`, ['memory', 'memory']],
  [`metrics: {metric: ['HasAttrKeyOnDatapoint("state")']}`, ['memory', 'memory']],
  [
    'metrics: {datapoint: [\'attributes["state"] == "idle"\', \'metric.name == "memory" and value_double > 5.0\']}',
    ['cpu', 'memory'],
  ],
  ['metric_conditions: [metric.type == METRIC_DATA_TYPE_GAUGE]', ['cpu', 'cpu']],
  ['metrics: {include: {match_type: strict}}', ['cpu', 'cpu', 'memory', 'memory']],
  ['metrics: {include: {match_type: strict, metric_names: [cpu]}}', ['cpu', 'cpu']],
  ['metrics: {exclude: {match_type: regexp, metric_names: ["^c.u$"]}}', ['memory', 'memory']],
  ['metrics: {include: {match_type: strict, resource_attributes: [{key: host, value: other}]}}', []],
  ['metrics: {include: {match_type: expr}}', ['cpu', 'cpu', 'memory', 'memory']],
  ['metrics: {include: {match_type: expr, expressions: ["false", \'MetricName == "cpu"\']}}', ['cpu', 'cpu']],
  ['metrics: {exclude: {match_type: expr, expressions: [\'MetricType == "Sum"\']}}', ['memory', 'memory']],
  // One of its points matches, and all of the metric go or stay.
  ['metrics: {exclude: {match_type: expr, expressions: [\'Label("state") == "idle"\']}}', ['memory', 'memory']],
  ['metrics: {include: {match_type: expr, expressions: [\'HasLabel("state")\']}}', ['cpu', 'cpu']],
  ['metrics: {include: {match_type: expr, expressions: [\'HasLabel("none") or Label("none") != ""\']}}', []],
])('filter: of points, %s keeps those of %j', async (yaml, kept) => {
  const {run, out, count} = testProcessor(filterProcessor, yaml, 'metrics');
  await run(
    metricBatch(
      {
        name: 'cpu',
        type: 'sum',
        points: [
          {value: 1, attributes: {state: 'idle'}},
          {value: 2, attributes: {state: 'user'}},
        ],
      },
      {name: 'memory', points: [{value: 5}, {value: 6}]},
    ),
  );
  expect(names(out)).toEqual(kept);
  expect(count('otelcol_processor_filter_datapoints_filtered')).toBe(4 - kept.length);
});

it.each([
  [`logs: {log_record: ['IsMatch(body, ".*password.*")', 'severity_number < SEVERITY_NUMBER_INFO']}`, ['fine']],
  [`log_conditions: ['log.severity_number >= SEVERITY_NUMBER_ERROR']`, ['noise', 'fine']],
  ['logs: {include: {match_type: strict}}', ['noise', 'fine', 'the password is x']],
  ['logs: {include: {severity_number: {min: INFO}}}', ['fine', 'the password is x']],
  ['logs: {include: {severity_number: {min: "9", match_undefined: true}}}', ['fine', 'the password is x']],
  ['logs: {exclude: {match_type: regexp, bodies: [password]}}', ['noise', 'fine']],
  ['logs: {include: {match_type: strict, record_attributes: [{key: a, value: b}]}}', ['fine']],
  ['logs: {exclude: {match_type: regexp, severity_texts: ["^DEBUG[2-4]?$"]}}', ['fine', 'the password is x']],
])('filter: of log records, %s keeps %j', async (yaml, kept) => {
  const {run, out, count} = testProcessor(filterProcessor, yaml, 'logs');
  await run(
    logBatch(
      {body: 'noise', severityNumber: 5, severityText: 'DEBUG'},
      {body: 'fine', severityNumber: 9, severityText: 'INFO', attributes: {a: 'b'}},
      {body: 'the password is x', severityNumber: 17, severityText: 'ERROR'},
    ),
  );
  expect(out.flatMap(itemsOf).map((item) => item.body)).toEqual(kept);
  expect(count('otelcol_processor_filter_logs_filtered')).toBe(3 - kept.length);
});

it('filter: an error counts as false, or refuses the batch', async () => {
  const yaml = (mode: string) => `{error_mode: ${mode}, traces: {span: ['attributes["n"] / 0 == 1', 'name == "b"']}}`;
  const ignoring = testProcessor(filterProcessor, yaml('ignore'), 'traces');
  await ignoring.run(spanBatch({name: 'a', attributes: {n: 1n}}, {name: 'b', attributes: {n: 1n}}));
  expect(names(ignoring.out)).toEqual(['a']);
  expect(ignoring.count('weft_ottl_errors')).toBe(2);
  const strict = testProcessor(filterProcessor, yaml('propagate'), 'traces');
  await expect(strict.run(spanBatch({name: 'a', attributes: {n: 1n}}))).rejects.toThrow('division by zero');
});

it.each([
  [`traces: {span: ['nam == "a"']}`, 'span has no path `nam`'],
  [`trace_conditions: ['name == "a"']`, '`name` does not say its context'],
  ['{traces: {span: ["true"]}, spans: {include: {match_type: strict, services: [a]}}}', 'cannot be used together'],
  [
    '{logs: {log_record: ["true"]}, log_conditions: ["log.flags == 1"]}',
    '`log_conditions` and `logs.log_record` cannot be used together',
  ],
  ['metrics: {include: {match_type: expr, expressions: ["Metric == 1"]}}', 'there is no `Metric`'],
  ['metrics: {include: {match_type: expr, expressions: ["MetricName == "]}}', 'expected a value, found the end'],
  ['metrics: {include: {match_type: expr, expressions: [MetricName]}}', 'true or false, and this one gives string'],
  ['metrics: {include: {match_type: strict, expressions: ["true"]}}', '`expressions` needs `match_type: expr`'],
  [
    'metrics: {include: {match_type: expr, metric_names: [a], expressions: ["true"]}}',
    '`metric_names` does not go with `match_type: expr`',
  ],
  ['logs: {include: {match_type: expr}}', 'expected one of `strict`, `regexp`, found "expr"'],
  ['logs: {include: {severity_number: {min: LOUD}}}', 'expected a severity such as INFO'],
  ['spans: {include: {match_type: strict}}', 'at least one of'],
])('filter: the configuration %s is refused', (yaml, fault) => {
  expect(configFaults(filterProcessor, yaml).join('\n')).toContain(fault);
});

it('filter: a batch of metrics on which an expression fails is refused, with the place in the expression', async () => {
  const yaml = `metrics: {include: {match_type: expr, expressions: ['int(Label("n")) > 1']}}`;
  const {run, out} = testProcessor(filterProcessor, yaml, 'metrics');
  await run(metricBatch({name: 'a', points: [{attributes: {n: '2'}}]}));
  await expect(run(metricBatch({name: 'b', points: [{attributes: {n: 'x'}}]}))).rejects.toThrow(
    'metric b: `int` reads no number in "x"',
  );
  expect(names(out)).toEqual(['a']);
});
