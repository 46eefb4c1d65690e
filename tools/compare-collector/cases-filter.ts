/** `filter`, in its form of OTTL and in the older one. */
import {type Case, processor, type Sent, type Settings} from './case.ts';
import {everything, logs, metrics, spans, valueLogs, valueSpans} from './inputs.ts';

const traces: readonly Sent[] = [spans(31), spans(32), valueSpans];
const records: readonly Sent[] = [logs(33), logs(34), valueLogs];
const points: readonly Sent[] = [metrics(35), metrics(36), metrics(37)];
const all = [...everything, ...traces];

const filter = (what: string, settings: Settings, sent: readonly Sent[]): Case =>
  processor('filter', what, {error_mode: 'ignore', ...settings}, sent);

const conditions = `
name == "pay"
kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR
attributes["http.status_code"] >= 500
attributes["v"] == nil
attributes["v"] == 1
attributes["v"] > 1.5
attributes["v"] >= "b"
IsMatch(attributes["v"], "^[0-9]+$")
IsMatch(name, "^GET")
not IsMatch(resource.attributes["service.name"], "cart")
end_time - start_time > Duration("500ms")
Len(events) > 0
IsRootSpan()
trace_state["vendor"] == "x"
resource.attributes["host.name"] == "h1" or instrumentation_scope.name == "lib"
parent_span_id == SpanID(0x0000000000000000)
Len(attributes["v"]) > 3
true
false
`;

const ottl: readonly Case[] = [
  ...conditions
    .trim()
    .split('\n')
    .map((text) => filter(`span: ${text}`, {traces: {span: [text]}}, traces)),
  filter('several conditions on spans', {traces: {span: ['name == "pay"', 'attributes["n"] < 20']}}, traces),
  filter('events', {traces: {spanevent: ['name == "exception"']}}, traces),
  filter('events by their span', {traces: {spanevent: ['span.kind == SPAN_KIND_CLIENT']}}, traces),
  filter('spans and events', {traces: {span: ['kind == 1'], spanevent: ['name == "retry"']}}, traces),
  filter('resources of spans', {traces: {resource: ['attributes["host.name"] == "h1"']}}, traces),
  filter('an error, propagated', {error_mode: 'propagate', traces: {span: ['Len(1) > 0']}}, traces),
  filter('an error, silent', {error_mode: 'silent', traces: {span: ['ParseJSON(name)["a"] == 1']}}, traces),
  filter('a condition that is none', {traces: {span: ['name = "x"']}}, traces),
  filter('metrics by name', {metrics: {metric: ['name == "latency"']}}, points),
  filter('metrics by type', {metrics: {metric: ['type == METRIC_DATA_TYPE_SUM and is_monotonic']}}, points),
  filter('metrics by a label', {metrics: {metric: ['HasAttrKeyOnDatapoint("state")']}}, points),
  filter('metrics by a value', {metrics: {metric: ['HasAttrOnDatapoint("state", "used")']}}, points),
  filter('points by value', {metrics: {datapoint: ['value_double > 1.0 or value_int < 0']}}, points),
  filter('points by label', {metrics: {datapoint: ['attributes["state"] == "free"']}}, points),
  filter('every point', {metrics: {datapoint: ['true']}}, points),
  filter('points of a metric', {metrics: {datapoint: ['metric.name == "latency" and count > 10']}}, points),
  filter('metrics and points', {metrics: {metric: ['unit == "ms"'], datapoint: ['flags == 1']}}, points),
  filter('resources of metrics', {metrics: {resource: ['attributes["service.name"] == nil']}}, points),
  filter('records by severity', {logs: {log_record: ['severity_number < SEVERITY_NUMBER_WARN']}}, records),
  filter('records by body', {logs: {log_record: ['IsMatch(body, "password|card")']}}, records),
  filter('records by type of body', {logs: {log_record: ['IsMap(body)', 'IsString(body) and body == "abc"']}}, records),
  filter('records by attribute', {logs: {log_record: ['attributes["tenant"] == "acme"']}}, records),
  filter('resources of records', {logs: {resource: ['attributes["host.name"] == "h2"']}}, records),
  filter(
    'conditions with their contexts',
    {
      trace_conditions: ['span.name == "pay"', 'resource.attributes["host.name"] == "h1"'],
      log_conditions: ['log.severity_number == 9'],
      metric_conditions: ['metric.name == "latency"', 'datapoint.attributes["state"] == "free"'],
    },
    all,
  ),
  filter(
    'groups of conditions',
    {
      trace_conditions: [{context: 'span', conditions: ['name == "pay"', 'kind == 3']}],
    },
    traces,
  ),
  filter('without conditions', {}, traces),
];

const older: readonly Case[] = [
  filter('older form: include services', {spans: {include: {match_type: 'strict', services: ['cart']}}}, traces),
  filter('older form: exclude services', {spans: {exclude: {match_type: 'regexp', services: ['^c']}}}, traces),
  filter(
    'older form: include attributes',
    {
      spans: {include: {match_type: 'strict', services: ['values'], attributes: [{key: 'n', value: 4}]}},
    },
    traces,
  ),
  filter(
    'older form: include metric names',
    {
      metrics: {include: {match_type: 'strict', metric_names: ['latency', 'queue.size']}},
    },
    points,
  ),
  filter(
    'older form: exclude metric names by pattern',
    {
      metrics: {exclude: {match_type: 'regexp', metric_names: ['^http', 'e$']}},
    },
    points,
  ),
  filter(
    'older form: metrics by resource',
    {
      metrics: {include: {match_type: 'strict', resource_attributes: [{key: 'host.name', value: 'h1'}]}},
    },
    points,
  ),
  filter(
    'older form: metrics by name and resource',
    {
      metrics: {
        include: {
          match_type: 'strict',
          metric_names: ['latency', 'cpu.usage'],
          resource_attributes: [{key: 'host.name', value: 'h1'}],
        },
      },
    },
    points,
  ),
  filter(
    'older form: include and exclude metrics',
    {
      metrics: {
        include: {match_type: 'regexp', metric_names: ['.*']},
        exclude: {match_type: 'strict', metric_names: ['latency']},
      },
    },
    points,
  ),
  filter(
    'older form: records by attribute',
    {
      logs: {include: {match_type: 'strict', record_attributes: [{key: 'tenant', value: 'acme'}]}},
    },
    records,
  ),
  filter(
    'older form: records by patterns',
    {
      logs: {include: {match_type: 'regexp', record_attributes: [{key: 'v', value: '^[a-z]'}]}},
    },
    records,
  ),
  filter(
    'older form: records by resource',
    {
      logs: {exclude: {match_type: 'strict', resource_attributes: [{key: 'host.name', value: 'h1'}]}},
    },
    records,
  ),
  filter(
    'older form: records by severity text',
    {
      logs: {include: {match_type: 'strict', severity_texts: ['INFO', 'Error']}},
    },
    records,
  ),
  filter(
    'older form: records from a severity on',
    {
      logs: {include: {match_type: 'strict', severity_number: {min: 'WARN'}}},
    },
    records,
  ),
  filter(
    'older form: records without a severity',
    {
      logs: {include: {match_type: 'strict', severity_number: {min: 'WARN', match_undefined: true}}},
    },
    records,
  ),
  filter('older form: records by bodies', {logs: {exclude: {match_type: 'strict', bodies: ['abc', '12']}}}, records),
  filter(
    'older form: records by bodies that match',
    {
      logs: {include: {match_type: 'regexp', bodies: ['pass', '^\\{']}},
    },
    records,
  ),
  filter('older form: without match_type', {metrics: {include: {metric_names: ['latency']}}}, points),
];

export const filterCases: readonly Case[] = [...ottl, ...older];
