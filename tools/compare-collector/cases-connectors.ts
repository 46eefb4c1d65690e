/** Connectors: counting, metrics of spans, edges, exceptions, and routing. */
import {type Case, connector, exporter, receiver, type Sent, type Settings} from './case.ts';
import {attributes, logs, metrics, nanos, spans, text, valueLogs, valueSpans} from './inputs.ts';

const traces: readonly Sent[] = [spans(61), spans(62), valueSpans];
const records: readonly Sent[] = [logs(63), logs(64), valueLogs];
const points: readonly Sent[] = [metrics(65), metrics(66)];
/** Points that are made have the time of the machine. */
const times = ['startTimeUnixNano', 'timeUnixNano'];

const counted = (what: string, from: 'traces' | 'metrics' | 'logs', settings: Settings, sent: readonly Sent[]): Case =>
  connector('count', what, settings, [from, 'metrics'], sent, {ignored: times});

const counts: readonly Case[] = [
  counted('spans and events', 'traces', {}, traces),
  counted('metrics and points', 'metrics', {}, points),
  counted('records', 'logs', {}, records),
  counted(
    'spans by condition',
    'traces',
    {
      spans: {
        slow: {description: 'd', conditions: ['end_time - start_time > Duration("1s")']},
        pay: {conditions: ['name == "pay"', 'kind == 3']},
      },
    },
    traces,
  ),
  counted(
    'spans by attributes',
    'traces',
    {
      spans: {by: {attributes: [{key: 'http.method'}, {key: 'tenant', default_value: 'none'}]}},
    },
    traces,
  ),
  counted('spans by values of every type', 'traces', {spans: {by: {attributes: [{key: 'v'}]}}}, traces),
  counted(
    'events by attributes',
    'traces',
    {
      spanevents: {by: {attributes: [{key: 'exception.message'}], conditions: ['name == "exception"']}},
    },
    traces,
  ),
  counted('points by label', 'metrics', {datapoints: {by: {attributes: [{key: 'state'}]}}}, points),
  counted('metrics by condition', 'metrics', {metrics: {sums: {conditions: ['type == METRIC_DATA_TYPE_SUM']}}}, points),
  counted(
    'records by severity',
    'logs',
    {
      logs: {
        errors: {conditions: ['severity_number >= SEVERITY_NUMBER_ERROR']},
        by: {attributes: [{key: 'tenant', default_value: 7}]},
      },
    },
    records,
  ),
];

const summed = (what: string, from: 'traces' | 'metrics' | 'logs', settings: Settings, sent: readonly Sent[]): Case =>
  connector('sum', what, settings, [from, 'metrics'], sent, {ignored: times});

const sums: readonly Case[] = [
  summed('an attribute of spans', 'traces', {spans: {n: {source_attribute: 'n'}}}, traces),
  summed('an attribute of every type', 'traces', {spans: {v: {source_attribute: 'v'}}}, [valueSpans]),
  summed(
    'an attribute by another',
    'traces',
    {
      spans: {s: {source_attribute: 'http.status_code', attributes: [{key: 'tenant', default_value: 'none'}]}},
    },
    traces,
  ),
  summed(
    'an attribute of records',
    'logs',
    {logs: {n: {source_attribute: 'n', conditions: ['severity_number > 5']}}},
    records,
  ),
  summed(
    'a label of points',
    'metrics',
    {datapoints: {i: {source_attribute: 'index', attributes: [{key: 'state'}]}}},
    points,
  ),
];

const measured = (what: string, settings: Settings, sent: readonly Sent[] = traces): Case =>
  connector('spanmetrics', what, {metrics_flush_interval: '1s', ...settings}, ['traces', 'metrics'], sent, {
    settle: 4000,
    ignored: [...times, 'collector.instance.id'],
    onlyLast: true,
  });

const spanMetrics: readonly Case[] = [
  measured('as it is', {}),
  measured('explicit buckets in seconds', {histogram: {unit: 's', explicit: {buckets: ['1ms', '10ms', '1s']}}}),
  measured('exponential histograms', {histogram: {exponential: {max_size: 10}}}),
  measured('calls only', {histogram: {disable: true}}),
  measured('dimensions', {dimensions: [{name: 'http.method', default: 'GET'}, {name: 'tenant'}, {name: 'host.name'}]}),
  measured('dimensions of values of every type', {dimensions: [{name: 'v'}, {name: 'n'}]}),
  measured('dimensions of calls and durations', {
    calls_dimensions: [{name: 'tenant'}],
    histogram: {dimensions: [{name: 'http.method'}]},
  }),
  measured('excluded dimensions', {exclude_dimensions: ['status.code', 'span.kind']}),
  measured('a namespace', {namespace: 'my.spans'}),
  measured('without a namespace', {namespace: ''}),
  measured('deltas', {aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA'}),
  measured('events', {events: {enabled: true, dimensions: [{name: 'exception.type'}, {name: 'exception.message'}]}}),
  measured('keys of resources', {resource_metrics_key_attributes: ['service.name']}),
  measured('a limit of series', {aggregation_cardinality_limit: 3}, [valueSpans]),
  measured('scopes', {include_instrumentation_scope: ['lib', 'scope']}),
  measured('methods of sampling', {enable_metrics_sampling_method: true}),
  measured('exemplars', {exemplars: {enabled: true, max_per_data_point: 2}}, [valueSpans]),
];

/** Requests between services, to a database, through a queue, and without a server. */
const requests: Sent = {
  signal: 'traces',
  request: {
    resourceSpans: [
      ['front', 1, undefined, 2, 100, {}],
      ['front', 2, 1, 3, 80, {}],
      ['cart', 3, 2, 2, 60, {}],
      ['cart', 4, 3, 3, 20, {'db.system': 'redis', 'db.name': 'carts'}],
      ['cart', 5, 3, 3, 30, {'peer.service': 'bank'}],
      ['cart', 6, 3, 4, 5, {'messaging.system': 'kafka'}],
      ['mailer', 7, 6, 5, 15, {'messaging.system': 'kafka'}],
      ['front', 8, 1, 3, 40, {}],
    ].map(([service, id, parent, kind, millis, own]) => ({
      resource: {attributes: attributes({'service.name': text(service as string), region: text('eu')})},
      scopeSpans: [
        {
          spans: [
            {
              traceId: Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'),
              spanId: Buffer.from((id as number).toString(16).padStart(16, '0'), 'hex'),
              ...(parent === undefined
                ? {}
                : {parentSpanId: Buffer.from((parent as number).toString(16).padStart(16, '0'), 'hex')}),
              name: `${service} ${id}`,
              kind,
              startTimeUnixNano: nanos(id as number),
              endTimeUnixNano: nanos((id as number) + (millis as number)),
              status: id === 4 ? {code: 2} : {},
              attributes: attributes(
                Object.fromEntries(
                  Object.entries(own as Record<string, string>).map(([key, value]) => [key, text(value)]),
                ),
              ),
            },
          ],
        },
      ],
    })),
  },
};

const edges = (what: string, settings: Settings): Case =>
  connector(
    'servicegraph',
    what,
    {metrics_flush_interval: '1s', store: {ttl: '1s', max_items: 1000}, store_expiration_loop: '500ms', ...settings},
    ['traces', 'metrics'],
    [requests],
    {settle: 5000, ignored: times, onlyLast: true},
  );

const serviceGraph: readonly Case[] = [
  edges('as it is', {}),
  edges('dimensions', {dimensions: ['region', 'messaging.system']}),
  edges('virtual nodes told', {virtual_node_extra_label: true}),
  edges('names of databases', {database_name_attributes: ['db.system']}),
  edges('buckets', {latency_histogram_buckets: ['10ms', '100ms']}),
];

const exceptions: readonly Case[] = [
  connector('exceptions', 'counted', {}, ['traces', 'metrics'], traces, {ignored: times, onlyLast: true}),
  connector(
    'exceptions',
    'counted by dimensions',
    {dimensions: [{name: 'exception.type'}, {name: 'tenant', default: 'x'}]},
    ['traces', 'metrics'],
    traces,
    {ignored: times, onlyLast: true},
  ),
  connector('exceptions', 'as records', {}, ['traces', 'logs'], traces),
];

/** A table of routes to the pipelines `a` and `b`, and `rest` for what fits none. */
function routed(what: string, signal: 'traces' | 'logs' | 'metrics', settings: Settings, sent: readonly Sent[]): Case {
  const names = ['a', 'b', 'rest'];
  return {
    name: `routing: ${what}`,
    needs: ['connector/routing'],
    sent,
    config: (place) => {
      const pipelineOf = (name: string): string => `${signal}/${place.id}${name}`;
      const table = (settings.table as readonly Settings[]).map((row) => ({
        ...row,
        pipelines: (row.pipelines as readonly string[]).map(pipelineOf),
      }));
      return {
        receivers: receiver(place),
        connectors: {
          [`routing/${place.id}`]: {...settings, table, default_pipelines: [pipelineOf('rest')], error_mode: 'ignore'},
        },
        exporters: Object.assign({}, ...names.map((name) => exporter(place, name))),
        pipelines: {
          [`${signal}/${place.id}`]: {receivers: [`otlp/${place.id}`], exporters: [`routing/${place.id}`]},
          ...Object.fromEntries(
            names.map((name) => [
              pipelineOf(name),
              {receivers: [`routing/${place.id}`], exporters: [`otlp_http/${place.id}${name}`]},
            ]),
          ),
        },
      };
    },
  };
}

const routes: readonly Case[] = [
  routed(
    'resources',
    'traces',
    {
      table: [
        {condition: 'attributes["service.name"] == "cart"', pipelines: ['a']},
        {condition: 'attributes["host.name"] == "h1"', pipelines: ['a', 'b']},
      ],
    },
    traces,
  ),
  routed(
    'spans',
    'traces',
    {
      table: [
        {context: 'span', condition: 'attributes["tenant"] == "acme"', pipelines: ['a']},
        {context: 'span', condition: 'kind == SPAN_KIND_CLIENT', pipelines: ['b']},
      ],
    },
    traces,
  ),
  routed(
    'records',
    'logs',
    {
      table: [
        {context: 'log', condition: 'severity_number >= SEVERITY_NUMBER_ERROR', pipelines: ['a']},
        {context: 'log', condition: 'IsString(body)', pipelines: ['b']},
      ],
    },
    records,
  ),
  routed(
    'points',
    'metrics',
    {
      table: [
        {context: 'datapoint', condition: 'attributes["state"] == "used"', pipelines: ['a']},
        {context: 'metric', condition: 'name == "latency"', pipelines: ['b']},
      ],
    },
    points,
  ),
  routed(
    'statements',
    'traces',
    {
      table: [{statement: 'route() where attributes["service.name"] == "checkout"', pipelines: ['b']}],
    },
    traces,
  ),
];

export const connectorCases: readonly Case[] = [
  ...counts,
  ...sums,
  ...spanMetrics,
  ...serviceGraph,
  ...exceptions,
  ...routes,
];
