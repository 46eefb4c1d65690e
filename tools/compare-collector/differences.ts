/** Where Weft does something else than the Collector, on purpose. */
import {ottl} from './differences-ottl.ts';

export interface Difference {
  /** Component, or the language. */
  readonly of: string;
  readonly title: string;
  readonly reason: string;
  /** Names of cases that may show it, and the lines that it explains there. */
  readonly cases?: RegExp;
  readonly shows?: RegExp;
}

const delivery: readonly Difference[] = [
  {
    of: 'Receiving and delivery',
    title: 'Senders are answered when their data is safe.',
    reason:
      'It is stored, or taken by every exporter of its pipelines. `batch` waits 1 s at most, because its senders wait with it.',
  },
  {
    of: 'Receiving and delivery',
    title: 'Items without valid ids or times are refused, with a partial success.',
    reason: 'No query would find them; the answer names the first one.',
  },
  {
    of: 'Receiving and delivery',
    title: 'A reload replaces only the components that changed.',
    reason: 'The Collector restarts all of them, and a bad file stops it; here it changes nothing.',
  },
  {
    of: 'loki',
    title: '`use_incoming_timestamp` is `true` unless it is set.',
    reason: 'The time that a client sent is the time of its line; the Collector leaves it out by default.',
  },
  {
    of: 'loki',
    title: 'Labels of a stream are attributes of the resource.',
    reason: 'They are of all lines of a stream, as a resource is; in the Collector each record gets them.',
  },
];

const attributes: readonly Difference[] = [
  {
    of: 'attributes and resource',
    title: 'A `pattern` without a `key` acts on the keys that match, and on no other.',
    reason:
      'The Collector takes the missing key for the empty one, and deletes or hashes an attribute of that name too.',
    cases: /^(attributes|resource): (delete|hash) by pattern$/,
    shows: /attributes\.: Collector/,
  },
  {
    of: 'attributes and resource',
    title: 'A double that no int can hold is not converted; `Int` of it is an error.',
    reason:
      'NaN, infinities and doubles beyond 64 bits have no int; the Collector makes one that depends on its processor.',
    cases: /^(attributes: convert to int|transform: Int\(\$v\))$/,
    shows: /Collector int -9223372036854775808, Weft (double|nothing)/,
  },
  {
    of: 'groupbyattrs, interval and metricstransform',
    title:
      'Resources and scopes that are made keep the schema URL and the dropped attributes of those they were made from.',
    reason: 'The attributes mean what that schema says. The Collector leaves them out.',
    cases: /^(groupbyattrs|interval|metricstransform):/,
    shows: /((schemaUrl|droppedAttributesCount): Collector nothing|scope: Collector \{\}), Weft/,
  },
  {
    of: 'redaction',
    title: 'Attributes of links are redacted too.',
    reason: 'What must not pass in a span must not pass in a link of it. The Collector lets links through as they are.',
    cases: /^redaction:/,
    shows: / › span\.links\./,
  },
];

const sampling: readonly Difference[] = [
  {
    of: 'probabilistic_sampler',
    title: 'In the tracestate `th` stands before `rv`.',
    reason: 'The order means nothing, and both read both.',
    cases: /^probabilistic_sampler:/,
    shows: /traceState: Collector ot=rv:\w+;th:\w+(,.*)?, Weft ot=th:\w+;rv:\w+/,
  },
  {
    of: 'tail_sampling',
    title:
      'Kept spans carry their probability in the tracestate (`ot=th:`), and the name of the policy that kept them.',
    reason: 'Counts made behind the sampler stay right, and a trace says why it is there.',
  },
  {
    of: 'tail_sampling',
    title: 'A `latency` with an upper bound looks at the whole trace.',
    reason:
      'The Collector looks at its spans as they came: a trace of 6 s is kept where its first spans alone fit the bounds.',
    cases: /^tail_sampling: latency up to a bound$/,
    shows: /only from the Collector/,
  },
  {
    of: 'tail_sampling',
    title: '`numeric_attribute` compares doubles, and nothing else but ints.',
    reason: 'The Collector takes every value that is no int for 0.',
    cases: /^tail_sampling: numeric_attribute of doubles$/,
    shows: /only from (Weft|the Collector)/,
  },
  {
    of: 'tail_sampling',
    title: 'Spans that wait are on disk before their senders are answered.',
    reason: 'The Collector loses them in a crash; `durable: false` does the same here.',
  },
  {
    of: 'tail_sampling',
    title: 'Where `num_traces` or `maximum_bytes` is reached, the oldest traces are decided early.',
    reason: 'The Collector drops them undecided.',
  },
];

const metrics: readonly Difference[] = [
  {
    of: 'spanmetrics and servicegraph',
    title: 'An exponential histogram that has only zeros has the finest scale.',
    reason:
      'The scale then only goes down, as it may. In the Collector it is 0 and goes up with the first value, which converters to deltas take for a new beginning.',
    cases: /^spanmetrics: exponential histograms$/,
    shows: /point\.scale: Collector nothing, Weft 20$/,
  },
  {
    of: 'spanmetrics and servicegraph',
    title: 'A metric that counted nothing yet is not sent.',
    reason: 'The Collector sends it without points, which says nothing.',
    cases: /^spanmetrics: events$/,
    shows: /^metric "traces\.span\.metrics\.events": only from the Collector: (?!.*"point")/,
  },
  {
    of: 'spanmetrics and servicegraph',
    title: 'Scopes that are labels have series of their own.',
    reason:
      'The Collector counts spans that are alike but for their scopes in one series, under the scope that came first.',
    cases: /^spanmetrics: scopes$/,
    shows: /^metric "traces\.span\.metrics\.(calls|duration)"/,
  },
  {
    of: 'metricstransform',
    title: 'Labels that are no texts are compared as they are written: `0` is the number 0.',
    reason: 'A configuration has only texts to name them. In the Collector no value fits them but the empty one.',
    cases: /^metricstransform: update_label with values that are numbers$/,
    shows: /attributes\.index: Collector int 0, Weft "zero"$/,
  },
  {
    of: 'metricstransform',
    title: '`combine` works without `aggregation_type`: points that are alike then stay apart.',
    reason: 'Metrics whose points differ by their labels need no aggregation. The Collector asks for one.',
    cases: /^metricstransform: combine without an aggregation$/,
    shows: /missing required field "aggregation_type"/,
  },
  {
    of: 'groupbyattrs',
    title: 'Metrics of the same name stay apart where their units, temporalities or monotonicity differ.',
    reason:
      'Deltas that join a cumulative metric become wrong. The Collector gives all of them what the first one has.',
    cases: /^groupbyattrs: /,
    shows: /metric\.(description|unit|aggregationTemporality|isMonotonic): Collector/,
  },
  {
    of: 'cumulativetodelta',
    title: 'A first value that is kept keeps its start.',
    reason: 'It was counted since then. The Collector leaves the start out, and the next point begins where it ends.',
    cases: /^cumulativetodelta: /,
    shows: /startTimeUnixNano: Collector nothing, Weft \d+$/,
  },
  {
    of: 'cumulativetodelta',
    title: 'A histogram that begins again goes on from there.',
    reason:
      'So it does in the Collector 0.165. The one of the comparison drops its points until they exceed those before.',
    cases: /^cumulativetodelta: /,
    shows: /^metric "h": only from Weft: .*"timeUnixNano":"1700000004000000000"/,
  },
  {
    of: 'spanmetrics and servicegraph',
    title: 'Series are bounded (`max_series`); further ones count in an overflow series.',
    reason: 'A label of endless values must not exhaust the memory, and sums stay right.',
  },
  {
    of: 'spanmetrics and servicegraph',
    title: 'Adjusted counts that are no whole numbers are rounded by the id of the span.',
    reason: 'Every metric, process and restart counts a span alike, and buckets add up to counts.',
  },
];

const filtering: readonly Difference[] = [
  {
    of: 'filter',
    title: 'A batch that a condition or statement fails on under `error_mode: propagate` is refused with 400.',
    reason:
      'It would fail again, and its sender is not to send it again; the Collector answers 503. So too in `transform`.',
    cases: /^(filter: an error, propagated|transform: .* \(propagate\))$/,
    shows: /^answers: Collector 503( 503)*, Weft 400( 400)*$/,
  },
  {
    of: 'filter',
    title: '`HasAttrOnDatapoint` looks at all points.',
    reason: 'So its documentation says; the Collector stops at the first point that has the key.',
    cases: /^filter: metrics by a value$/,
    shows: /only from the Collector/,
  },
  {
    of: 'filter',
    title: 'The older form without `match_type` is `strict`.',
    reason: 'The Collector refuses it.',
    cases: /^filter: older form: without match_type$/,
    shows: /^configuration: the Collector refuses it/,
  },
  {
    of: 'redaction',
    title: 'In URLs a rule says what is an id: digits, `@`, `%`, more than 25 characters, or no vowels.',
    reason:
      'The Collector asks a trained model, and also takes every body of a record for a path: of `12` or a sentence it leaves `*`.',
    cases: /^redaction: URLs$/,
    shows: /(span\.name|record\.body(\.\w+)*|attributes\.[\w.]+): Collector/,
  },
  {
    of: 'redaction',
    title: 'What is no value keeps its spaces and signs where statements are sanitized.',
    reason: 'The Collector writes the statement again out of its tokens, also a text that is none.',
    cases: /^redaction: (statements of SQL|commands of Redis)$/,
    shows: /(record\.body|attributes\.v): Collector "/,
  },
];

const protocols: readonly Difference[] = [
  {
    of: 'prometheus exporter',
    title: '`target_info` tells of resources without `service.instance.id` too.',
    reason: 'Many services have none, and what their resources say would be lost.',
    cases: /^prometheus exporter: /,
    shows: /only from Weft: .*target_info/,
  },
  {
    of: 'prometheus exporter',
    title: '`add_metric_suffixes: false` still holds.',
    reason: 'Configurations have it. The Collector ignores it, behind a feature gate that is on.',
    cases: /^prometheus exporter: names without suffixes, as configured before$/,
    shows: /^line: only from (Weft|the Collector): /,
  },
  {
    of: 'jaeger and zipkin receivers',
    title: "Zipkin's JSON is read as Zipkin's server reads it.",
    reason:
      'Addresses of version 1 are annotations of `true`, tags may be numbers or nothing, and ids may be short; the Collector refuses the whole body.',
    cases: /^zipkin receiver: (v1 JSON|v2 JSON of endpoints)/,
    shows: /^answers: Collector 400, Weft 202$|only from Weft/,
  },
  {
    of: 'jaeger and zipkin receivers',
    title:
      "The text of an `error` annotation of Zipkin's version 1 is kept, as an attribute and as the status's message.",
    reason: 'The Collector drops it.',
    cases: /^zipkin receiver: v1 Thrift$/,
    shows: /(attributes\.error|status\.message): Collector nothing/,
  },
  {
    of: 'zipkin exporter',
    title: 'The scope is told as `otel.scope.*`, and as `otel.library.*` besides.',
    reason: 'The specification names both; the Collector has the former behind a feature gate.',
    cases: /^zipkin exporter:/,
    shows: /tags\.otel\.scope\.\w+: Collector nothing/,
  },
  {
    of: 'zipkin exporter',
    title: 'A number that JSON does not have, in an attribute of an event or link, costs nothing but itself.',
    reason: 'The Collector refuses the whole batch.',
    cases: /^zipkin exporter: (spans|a service by default)$/,
    shows: /^answers: Collector 500( 500)*, Weft 200( 200)*$|only from Weft/,
  },
  {
    of: 'jaeger and zipkin receivers',
    title: '`http.status_code` keeps its name.',
    reason:
      'Searches and dashboards that a team has go on working. The Collector renames it to `http.response.status_code`.',
  },
  {
    of: 'jaeger and zipkin receivers',
    title: "The other side's service is `peer.service`, not `service.peer.name`.",
    reason: 'It is stable, and service graphs look for it.',
  },
  {
    of: 'jaeger and zipkin receivers',
    title: 'A Zipkin span without a timestamp starts with its first annotation, else when it came.',
    reason: 'The Collector dates it 1970, where retention deletes it at once.',
  },
  {
    of: 'jaeger and zipkin receivers',
    title: 'Tags of a Zipkin resource stay with their own span.',
    reason: 'The Collector gives those of the first span of a service to all of its spans.',
  },
];

export const chosenDifferences: readonly Difference[] = [
  ...delivery,
  ...attributes,
  ...ottl,
  ...sampling,
  ...metrics,
  ...filtering,
  ...protocols,
];

/** Found by the comparison, and neither chosen nor mended yet: the page names them, so that nobody has to find them again. */
export const openDifferences: readonly string[] = [
  '`Format`: the width of a verb that does not fit its value, `%x` of doubles, `%q` of control characters.',
  'Constants that a converter cannot take (`Int("0x10")`, `SpanID(0x01)`) are refused when the statement runs, in the Collector at the start.',
  '`set(events, [])` and `set(exemplars, [])` are refused; `Double` reads no hexadecimal doubles.',
  'A key or an index of an empty value is nil, in the Collector an error.',
  '`convert_exponential_histogram_to_histogram`: counts of buckets, minimum and maximum; `aggregate_on_attribute_value` of summaries.',
  '`zipkin` exporter: a trace id whose upper half is zero has 32 digits, in the Collector 16.',
  '`zipkin` receiver: bytes of Thrift stay bytes, in the Collector they become Base64.',
];
