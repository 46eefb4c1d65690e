import {expect, it} from 'vitest';
import {PermanentError} from '../base/index.ts';
import {transformProcessor} from './processor-transform.ts';
import {configFaults, itemsOf, logBatch, metricBatch, spanBatch, testProcessor} from './testing-processor.ts';

it('transform: plain statements run for every span in their order', async () => {
  const {run, out} = testProcessor(
    transformProcessor,
    `
    trace_statements:
      - set(span.attributes["route"], Concat([span.attributes["http.method"], resource.attributes["service.name"]], " "))
      - delete_key(span.attributes, "http.method")
      - set(span.name, "checkout") where IsMatch(span.name, "^GET /checkout")
    `,
    'traces',
  );
  await run(
    spanBatch(
      {name: 'GET /checkout/17', attributes: {'http.method': 'GET'}, resource: {'service.name': 'shop'}},
      {name: 'GET /cart', attributes: {'http.method': 'GET', a: 1n}, resource: {'service.name': 'cart'}},
    ),
  );
  expect(out.flatMap(itemsOf)).toMatchObject([
    {name: 'checkout', attributes: {route: 'GET shop'}},
    {name: 'GET /cart', attributes: {route: 'GET cart', a: 1n}},
  ]);
});

it('transform: a group runs where one of its conditions holds, and its cache is of one row', async () => {
  const {run, out} = testProcessor(
    transformProcessor,
    `
    log_statements:
      - context: log
        conditions: ['attributes["json"] == true', 'severity_text == "json"']
        statements:
          - merge_maps(cache, ParseJSON(body), "upsert") where IsMatch(body, "^\\\\{")
          - set(attributes["user"], cache["user"])
    `,
    'logs',
  );
  await run(
    logBatch(
      {body: '{"user": "a"}', attributes: {json: true}},
      {body: 'text', severityText: 'json'},
      {body: '{"user": "b"}'},
    ),
  );
  expect(out.flatMap(itemsOf).map((item) => item.attributes)).toEqual([{json: true, user: 'a'}, {user: null}, {}]);
});

it('transform: groups with `shared_cache` share the cache of their context for a batch, and others do not', async () => {
  const {run, out} = testProcessor(
    transformProcessor,
    `
    log_statements:
      - context: log
        shared_cache: true
        statements: ['set(cache["first"], body) where cache["first"] == nil']
      - context: log
        shared_cache: true
        statements: ['set(attributes["first"], cache["first"])']
      - context: log
        statements: ['set(attributes["other"], cache["first"])']
    `,
    'logs',
  );
  await run(logBatch({body: 'a'}, {body: 'b'}));
  await run(logBatch({body: 'c'}));
  expect(out.flatMap(itemsOf).map((item) => item.attributes)).toEqual([
    {first: 'a', other: null},
    {first: 'a', other: null},
    {first: 'c', other: null},
  ]);
});

/** The Collector's own case: records of one resource name their hosts. */
const hosts = () =>
  logBatch(
    {body: 'hello one', attributes: {'host.name': 'HOST.ONE', 'log.file.name': 'one.log'}},
    {body: 'hello two', attributes: {'host.name': 'HOST.TWO', 'log.file.name': 'two.log'}},
  );
const hostStatements = `
    log_statements:
      - context: log
        statements:
          - set(resource.attributes["host.name"], attributes["host.name"])
          - delete_key(attributes, "host.name")`;
const one = {body: 'hello one', attributes: {'log.file.name': 'one.log'}};
const two = {body: 'hello two', attributes: {'log.file.name': 'two.log'}};

it.each(['{flatten: {log: true}}', '{flatten_data: true}'])(
  'transform: with %s each log record changes a resource of its own',
  async (setting) => {
    const yaml = `${setting.slice(1, -1)}${hostStatements.replace(/^ {4}/gm, '')}`;
    const {run, out} = testProcessor(transformProcessor, yaml, 'logs');
    await run(hosts());
    expect(out.flatMap(itemsOf)).toMatchObject([
      {...one, resource: {'host.name': 'HOST.ONE'}},
      {...two, resource: {'host.name': 'HOST.TWO'}},
    ]);
  },
);

it('transform: without `flatten` the last log record of a resource has the say', async () => {
  const {run, out} = testProcessor(transformProcessor, hostStatements, 'logs');
  await run(hosts());
  const resource = {'host.name': 'HOST.TWO'};
  expect(out.flatMap(itemsOf)).toMatchObject([
    {...one, resource},
    {...two, resource},
  ]);
});

it('transform: `flatten` joins records again whose resources and scopes are equal afterwards', async () => {
  const yaml = `
    flatten: {log: true}
    log_statements:
      - set(resource.attributes["team"], log.attributes["team"])
      - set(scope.name, log.body) where log.attributes["own"] == true
    `;
  const {run} = testProcessor(transformProcessor, yaml, 'logs');
  const [batch] = await run(
    logBatch(
      {body: 'a', attributes: {team: 'x'}},
      {body: 'b', attributes: {team: 'y'}},
      {body: 'c', attributes: {team: 'x'}},
      {body: 'd', attributes: {team: 'x', own: true}},
    ),
  );
  expect(itemsOf(batch!).map(({resource}) => resource)).toEqual([{team: 'x'}, {team: 'y'}, {team: 'x'}, {team: 'x'}]);
  const {resource, scope} = batch!.logs.columns;
  const joined = (column: typeof resource) =>
    [0, 1, 2, 3].map((row) => [0, 1, 2, 3].find((other) => column.get(other) === column.get(row)));
  expect(joined(resource)).toEqual([0, 1, 0, 0]);
  expect(joined(scope)).toEqual([0, 0, 0, 3]);
});

it('transform: statements of metrics see points, their metric, scope and resource', async () => {
  const {run, out} = testProcessor(
    transformProcessor,
    `
    metric_statements:
      - statements: ['set(resource.attributes["seen"], true)']
      - statements: ['set(scope.attributes["of"], resource.attributes["service.name"])']
      - statements:
          - set(datapoint.attributes["metric"], metric.name) where datapoint.value_double > 1.0
    `,
    'metrics',
  );
  await run(
    metricBatch({
      name: 'cpu',
      resource: {'service.name': 'shop'},
      points: [{value: 1}, {value: 2}],
    }),
  );
  expect(out.flatMap(itemsOf)).toMatchObject([
    {resource: {'service.name': 'shop', seen: true}, attributes: {}},
    {attributes: {metric: 'cpu'}},
  ]);
});

const failing = (mode: string) => `
  error_mode: ${mode}
  trace_statements:
    - set(span.attributes["n"], 1 / span.kind)
    - set(span.attributes["after"], true)`;

it.each(['ignore', 'silent'])('transform: with error_mode %s the statements behind a failed one run', async (mode) => {
  const {run, out, count} = testProcessor(transformProcessor, failing(mode), 'traces');
  await run(spanBatch({kind: 0}, {kind: 1}));
  expect(out.flatMap(itemsOf).map((item) => item.attributes)).toEqual([{after: true}, {n: 1n, after: true}]);
  expect(count('weft_ottl_errors')).toBe(1);
});

it('transform: with error_mode propagate an error refuses the batch, with the statement', async () => {
  const {run} = testProcessor(transformProcessor, failing('propagate'), 'traces');
  const refused = run(spanBatch({kind: 0}));
  await expect(refused).rejects.toThrow('`set(span.attributes["n"], 1 / span.kind)`: division by zero');
  await expect(refused).rejects.toThrow(PermanentError);
});

it.each([
  [`trace_statements: ['set(span.nam, "a")']`, 'span has no path `nam`; did you mean `name`?'],
  [`trace_statements: ['set(span.name, "a") wher true']`, 'expected `where` or the end of the statement, found `wher`'],
  [`trace_statements: ['set(name, "a")']`, '`name` does not say its context'],
  [`trace_statements: ['set(log.body, "a")']`, 'no context has all of this: log'],
  [`metric_statements: ['set(metric.name, "a")', 'set(span.name, "a")']`, 'no context has all of this: metric, span'],
  [`trace_statements: ['set(span.name, "a")', {statements: ['set(span.name, "b")']}]`, 'put this into a group'],
  [`log_statements: [{context: span, statements: ['set(name, "b")']}]`, 'expected one of `resource`, `scope`, `log`'],
  ['trace_statement: []', 'unknown key `trace_statement`'],
  [
    `trace_statements: ['set(body, "a")']`,
    '`body` is no context and no path; the contexts here are resource, scope, span',
  ],
])('transform: the configuration %s is refused', (yaml, fault) => {
  expect(configFaults(transformProcessor, yaml).join('\n')).toContain(fault);
});

it.each([
  ['of a list', 'trace_statements:\n- set(span.name, "a")\n- set(span.name, "a") where span.name == "b: c"'],
  ['of a group', 'trace_statements:\n- statements:\n  - set(span.name, "a") where span.name == "b: c"'],
])('transform: a statement %s that YAML splits at a colon is told so', (_, yaml) => {
  expect(configFaults(transformProcessor, yaml)).toEqual([
    expect.stringContaining('YAML splits this text at the `: ` in it: put all of it between single quotes'),
  ]);
});

it('transform: of a group whose context is none, no statement is told to say its context', () => {
  const yaml = `trace_statements: [{context: spans, statements: ['set(name, "b")']}]`;
  expect(configFaults(transformProcessor, yaml)).toEqual([expect.stringContaining('did you mean `span`?')]);
});
