/** Where Weft does something else than the Collector, on purpose. */

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

const ottl: readonly Difference[] = [
  {
    of: 'OTTL',
    title: 'A value that no attribute can hold (a time, a duration, an id) leaves the attribute as it was.',
    reason: 'The Collector reports the same error, and leaves an empty attribute behind.',
    cases: /^transform: /,
    shows: /attributes\.out: Collector empty, Weft nothing$/,
  },
  {
    of: 'OTTL',
    title: '`Base64Decode` works beside `Decode`.',
    reason: 'The Collector has dropped it, and configurations still have it.',
    cases: /^transform: Base64Decode/,
    shows: /undefined function "Base/,
  },
  {
    of: 'OTTL',
    title:
      '`convert_summary_count_val_to_sum`, `convert_summary_sum_val_to_sum` and `merge_histogram_buckets` work in the contexts metric and datapoint.',
    reason:
      'The Collector has them in datapoint only, and makes the metric of a summary once for each of its points; here it is made once.',
  },
  {
    of: 'OTTL',
    title: 'Lambdas are always on.',
    reason: 'The Collector has them behind a feature gate.',
  },
  {
    of: 'OTTL',
    title: '`Time` without a zone is UTC.',
    reason: "The Collector takes the machine's zone, so that the same data means another time on another machine.",
  },
  {
    of: 'OTTL',
    title: 'Elements of XML nest 1,000 deep, and entities beyond the five of XML are refused.',
    reason: 'Documents come from strangers, and a deep one must not exhaust the stack.',
  },
  {
    of: 'OTTL',
    title: '`UserAgent` knows the browsers of uap-core 0.18, and reads the first 1,024 characters.',
    reason: 'The Collector carries a later state of that database, which is not published for JavaScript.',
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
  ...protocols,
];

/** Found by the comparison, and neither chosen nor mended yet: the page names them, so that nobody has to find them again. */
export const openDifferences: readonly string[] = [
  '`ConvertCase` and its relatives: letters beyond ASCII, runs of separators, and capitals within words.',
  '`Format` of lists, maps and wide verbs; `FormatTime` with `%x`; `String` of times, durations and ids.',
  '`URL` of an empty or unreadable text gives parts, where the Collector reports an error.',
  '`Decode` from `us-ascii` and `iso-8859-1` beyond ASCII; `IsValidLuhn` of an empty text; `Sort` of mixed lists; `Hex` of an empty value.',
  '`ExtractGrokPatterns` knows no `%{COMMONAPACHELOG}` and `%{SYSLOGLINE}`, and ends an IPv6 address early.',
  'A condition or statement that fails under `error_mode: propagate` is answered with 400, in the Collector with 503.',
  '`filter`: the older form without `match_type` is taken; `HasAttrOnDatapoint` also finds values that are no texts.',
  '`redaction`: names of spans with `url_sanitizer`, and bodies that are no statements with `db_sanitizer`.',
  '`tail_sampling`: `latency` with an upper bound, `numeric_attribute` of doubles.',
  '`zipkin` exporter: events with odd attributes, short trace ids, `otel.scope.*`.',
];
