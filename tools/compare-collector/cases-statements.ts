/** Editors, conditions and groups of statements of `transform`. */
import {type Case, processor, type Sent, type Signal} from './case.ts';
import {logs, metrics, spans, valueLogs, valueSpans} from './inputs.ts';

const sections: Readonly<Record<Signal, string>> = {
  traces: 'trace_statements',
  metrics: 'metric_statements',
  logs: 'log_statements',
};

/** One statement; the first word of its context decides what is sent. */
function statement(context: string, text: string, errorMode = 'ignore'): Case {
  const signal: Signal = /span/.test(context) ? 'traces' : /metric|datapoint/.test(context) ? 'metrics' : 'logs';
  return processor(
    'transform',
    `${context}: ${text}${errorMode === 'ignore' ? '' : ` (${errorMode})`}`,
    {error_mode: errorMode, [sections[signal]]: [{context, statements: [text]}]},
    inputs[signal],
  );
}

const inputs: Readonly<Record<Signal, readonly Sent[]>> = {
  traces: [valueSpans, spans(11)],
  logs: [valueLogs, logs(12)],
  metrics: [metrics(13), metrics(14), metrics(15)],
};

const ofSpans = String.raw`
delete_key(attributes, "keep")
delete_key(attributes["foo"], "bar")
delete_key(attributes["v"], "b")
delete_matching_keys(attributes, "^(k|t)")
delete_matching_keys(attributes, "(?i)HTTP")
keep_matching_keys(attributes, "^n$")
keep_keys(attributes, ["v", "http.method"])
keep_keys(attributes, [])
limit(attributes, 2, ["v"])
limit(attributes, 0, [])
limit(attributes, 100, ["a"])
merge_maps(attributes, {"n": "x", "new": 1}, "insert")
merge_maps(attributes, {"n": "x", "new": 1}, "update")
merge_maps(attributes, {"n": "x", "new": 1}, "upsert")
merge_maps(attributes, attributes["foo"], "upsert")
merge_maps(attributes, attributes["v"], "insert")
merge_maps(attributes, ParseJSON(attributes["v"]), "upsert")
flatten(attributes)
flatten(attributes, "p")
flatten(attributes, depth = 1)
flatten(attributes, depth = 0)
flatten(attributes["foo"], "test")
flatten(attributes, resolveConflicts = true)
truncate_all(attributes, 3)
truncate_all(attributes, 0)
truncate_all(attributes, 5, utf8_safe = false)
truncate_all(resource.attributes, 2)
replace_all_matches(attributes, "*b*", "test")
replace_all_matches(attributes, "?bc", "test")
replace_all_patterns(attributes, "value", "[aeiou]", "_")
replace_all_patterns(attributes, "key", "^k", "K")
replace_all_patterns(attributes, "key", "(\\w)\\.(\\w)", "$2-$1")
replace_all_patterns(attributes, "value", "(\\w+)@(\\w+)", "$2 at ${1}x")
replace_match(attributes["v"], "*/*", "slash")
replace_match(name, "GET*", "got")
replace_pattern(attributes["v"], "\\d", "9")
replace_pattern(attributes["v"], "(?P<first>[a-z])(?P<second>[a-z])", "$second$first")
replace_pattern(attributes["v"], "a(x)?", "[$1]")
replace_pattern(attributes["v"], "[a-c]+", "x", SHA256)
replace_pattern(attributes["v"], "([a-c]+)", "$1", Murmur3Hash, "<%s>")
replace_pattern(name, "/\\d+/", "/{id}/")
replace_pattern(attributes["v"], "", "-")
append(attributes["v"], "last")
append(attributes["v"], values = [1, 2.5, true])
append(attributes["tags"], "x")
append(attributes["none"], 7)
delete_index(attributes["tags"], 1)
delete_index(attributes["counts"], 0, 2)
delete_index(attributes["v"], 0)
delete_index(attributes["tags"], 9)
stringify_all(attributes)
set(attributes["v"], nil)
set(attributes["copy"], attributes)
set(attributes["v"]["new"]["deep"], 1)
set(attributes["v"][0], "first")
set(attributes["foo"]["bar"], attributes["v"])
set(attributes, {"only": [1, {"a": nil}]})
set(attributes["x"], 1) where attributes["v"] == nil
set(attributes["x"], 1) where IsMap(attributes["v"]) or IsList(attributes["v"])
set(attributes["x"], 1) where not IsString(attributes["v"]) and attributes["n"] > 5
set(attributes["x"], 1) where attributes["n"] > 5 and attributes["n"] <= 20 or name == "value 1"
set(attributes["x"], 1) where IsMatch(attributes["v"], "^[a-z]+$") == true
set(name, "renamed") where kind == SPAN_KIND_SERVER
set(name, attributes["v"])
set(name, Concat([name, kind.string], "/"))
set(name, nil)
set(kind, SPAN_KIND_CLIENT)
set(kind, 9)
set(kind.string, "Server")
set(status.code, STATUS_CODE_ERROR) where attributes["http.status_code"] == 500
set(status.message, "from v") where attributes["v"] != nil
set(trace_id, TraceID(0x0102030405060708090a0b0c0d0e0f10))
set(trace_id.string, "0102030405060708090a0b0c0d0e0f10")
set(span_id, SpanID(0x0102030405060708))
set(parent_span_id, SpanID(0x0000000000000000))
set(trace_state, "a=b,c=d")
set(trace_state["ot"], "th:4")
set(trace_state["new"], "x")
set(start_time, end_time)
set(end_time_unix_nano, 1700000000000000001)
set(start_time, Time("2023-01-01", "%Y-%m-%d"))
set(dropped_attributes_count, 5)
set(dropped_events_count, 6)
set(dropped_links_count, 7)
set(flags, 257)
set(resource.attributes["r"], attributes["n"])
set(resource.attributes["service.name"], "new") where resource.attributes["service.name"] == "cart"
set(resource.dropped_attributes_count, 9)
set(instrumentation_scope.name, "other")
set(scope.version, "9")
set(scope.attributes["x"], name)
set(scope.attributes, {})
set(resource.schema_url, "https://example.com/1")
set(events, [])
set(attributes["n"], attributes["n"] * 2 + 1)
set(attributes["out"], cache["none"])
set(attributes[Concat(["dyn", name], ".")], 1)
set(attributes["len"], Len(name))
set(name, "err") where Int(attributes["v"]) / 0 > 1
set_semconv_span_name("1.37.0")
set_semconv_span_name("1.37.0", "original")
`;

const ofEvents = `
set(attributes["x"], span.name)
set(name, Concat([name, "!"], ""))
set(attributes["i"], event_index)
set(time, span.start_time)
set(span.attributes["seen"], name)
delete_key(attributes, "exception.type") where name == "exception"
set(dropped_attributes_count, 4)
`;

const ofLogs = String.raw`
set(body, attributes["v"])
set(body, "text")
set(body, nil)
set(body.string, "text")
set(body["new"], 1)
set(body, {"was": body})
set(attributes["b"], body.string)
set(attributes["b"], body)
set(attributes["b"], String(body))
set(attributes["b"], Len(body))
set(attributes["type"], IsMap(body))
set(severity_number, SEVERITY_NUMBER_ERROR) where IsMatch(body, "password")
set(severity_number, 99)
set(severity_text, ToUpperCase(severity_text))
set(severity_text, "FATAL") where severity_number >= SEVERITY_NUMBER_ERROR
set(time, observed_time) where time_unix_nano == 0
set(observed_time_unix_nano, 5)
set(event_name, "named")
set(flags, 1)
set(trace_id, TraceID(0x0102030405060708090a0b0c0d0e0f10)) where trace_id == TraceID(0x00000000000000000000000000000000)
set(dropped_attributes_count, 3)
merge_maps(attributes, ParseJSON(body), "upsert") where IsMatch(body, "^\\{")
merge_maps(attributes, ExtractPatterns(body, "(?P<method>[A-Z]+) (?P<path>\\S+)"), "upsert")
merge_maps(attributes, ParseKeyValue(body), "upsert") where IsString(body)
replace_pattern(body, "[\\w.]+@[\\w.]+", "***")
replace_pattern(body, "\\d{12,}", "card")
replace_all_patterns(body, "value", "a", "4")
replace_match(body, "*pass*", "hidden")
keep_keys(body, ["a"])
delete_key(body, "a")
truncate_all(attributes, 4)
flatten(body)
limit(attributes, 1, [])
set(attributes["severity"], ParseSeverity(severity_number, {"low": [{"range": {"min": 0, "max": 8}}], "high": [{"range": {"min": 9, "max": 24}}]}))
set(attributes["cef"], ParseCEF("CEF:0|Security|threat\\|manager|1.0|100|worm stopped|10|src=10.0.0.1 msg=a b\\=c spt=1232"))
set(attributes["clf"], ParseCLF("127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326"))
set(attributes["elf"], ParseELF("#Version: 1.0\n#Fields: time cs-method cs-uri\n00:34:23 GET /foo"))
set(attributes["leef"], ParseLEEF("LEEF:2.0|Lancope|StealthWatch|1.0|41|^|src=10.0.1.8^dst=10.0.0.5^sev=5"))
`;

const ofMetrics = `
set(name, Concat([name, "total"], "_"))
set(description, "new") where type == METRIC_DATA_TYPE_SUM
set(unit, "s") where unit == "ms"
set(is_monotonic, true)
set(is_monotonic, false) where aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA
set(aggregation_temporality, AGGREGATION_TEMPORALITY_CUMULATIVE)
set(description, Concat([String(type), String(aggregation_temporality), String(is_monotonic)], ","))
set(metadata["x"], 1)
convert_sum_to_gauge()
convert_gauge_to_sum("cumulative", true)
convert_gauge_to_sum("delta", false) where name == "cpu.usage"
extract_sum_metric(true)
extract_sum_metric(false, ".total")
extract_count_metric(true)
extract_count_metric(true, ".n") where type == METRIC_DATA_TYPE_HISTOGRAM
convert_summary_quantile_val_to_gauge("q", "_quantile")
convert_summary_quantile_val_to_gauge()
copy_metric(name = "copied") where name == "latency"
copy_metric(name = "copied", description = "d", unit = "u") where type == METRIC_DATA_TYPE_GAUGE and name != "copied"
scale_metric(10.0)
scale_metric(0.001, "s")
scale_metric(-2.0) where type == METRIC_DATA_TYPE_HISTOGRAM
aggregate_on_attributes("sum", ["state"])
aggregate_on_attributes("mean", ["state"])
aggregate_on_attributes("max", [])
aggregate_on_attributes("min")
aggregate_on_attributes("median", ["state"])
aggregate_on_attributes("count", ["state"])
aggregate_on_attribute_value("sum", "state", ["used", "cached"], "busy")
aggregate_on_attribute_value("max", "state", ["free"], "idle")
convert_exponential_histogram_to_histogram("upper", [0.5, 1.0, 2.0, 8.0, 100.0])
convert_exponential_histogram_to_histogram("midpoint", [1.0, 10.0])
convert_exponential_histogram_to_histogram("uniform", [1.0, 2.0, 4.0, 10.0])
extract_percentile_metric(50.0)
extract_percentile_metric(99.9)
`;

const ofPoints = `
merge_histogram_buckets(7.0)
merge_histogram_buckets(5.0)
convert_summary_sum_val_to_sum("cumulative", false)
convert_summary_count_val_to_sum("delta", true)
set(attributes["m"], metric.name)
set(attributes["x"], value_double)
set(attributes["x"], value_int)
set(value_double, value_int * 1.5) where value_int != nil
set(value_int, 5)
set(value_double, 1.25) where metric.type == METRIC_DATA_TYPE_GAUGE
set(time, start_time)
set(start_time_unix_nano, 1)
set(count, 5)
set(sum, 10.5)
set(bucket_counts, [1, 2, 3, 4])
set(explicit_bounds, [1.0, 2.0, 3.0])
set(scale, 2)
set(zero_count, 8)
set(positive.offset, 3)
set(positive.bucket_counts, [4, 5])
set(negative.offset, 0)
set(flags, 1)
set(attributes["flag"], flags == FLAG_NO_RECORDED_VALUE)
set(attributes["c"], count)
set(attributes["b"], bucket_counts)
set(attributes["e"], explicit_bounds)
set(attributes["q"], Len(quantile_values))
set(exemplars, [])
keep_keys(attributes, ["state"])
delete_key(attributes, "index")
set(metric.name, "set from a point") where metric.name == "latency"
set(resource.attributes["from"], attributes["state"])
`;

const lines = (block: string): string[] => block.trim().split('\n');

/** Groups, orders and modes: settings of the processor itself. */
const groups: readonly Case[] = [
  processor(
    'transform',
    'statements with their contexts in their paths',
    {
      error_mode: 'ignore',
      trace_statements: [
        'set(resource.attributes["a"], 1)',
        'set(span.attributes["b"], resource.attributes["a"]) where span.kind == SPAN_KIND_SERVER',
        'set(spanevent.attributes["c"], span.name)',
        'set(scope.attributes["d"], "d")',
      ],
      log_statements: ['set(log.attributes["e"], resource.attributes["host.name"])'],
      metric_statements: ['set(datapoint.attributes["f"], metric.unit)', 'set(metric.unit, "x")'],
    },
    [...inputs.traces, ...inputs.logs, ...inputs.metrics],
  ),
  processor(
    'transform',
    'conditions of a group',
    {
      error_mode: 'ignore',
      trace_statements: [
        {
          context: 'span',
          conditions: ['name == "pay"', 'attributes["n"] < 10'],
          statements: ['set(attributes["a"], 1)', 'set(name, "x")', 'set(attributes["still"], true)'],
        },
      ],
    },
    inputs.traces,
  ),
  processor(
    'transform',
    'cache of a group',
    {
      error_mode: 'ignore',
      log_statements: [
        {
          context: 'log',
          statements: [
            'merge_maps(cache, ParseJSON(body), "upsert") where IsMatch(body, "^\\\\{")',
            'set(attributes["a"], cache["a"])',
            'set(cache["n"], 1)',
          ],
        },
        {context: 'log', statements: ['set(attributes["cached"], cache["n"])']},
      ],
    },
    inputs.logs,
  ),
  processor(
    'transform',
    'error_mode of a group above that of the processor',
    {
      error_mode: 'propagate',
      trace_statements: [{context: 'span', error_mode: 'silent', statements: ['set(attributes["a"], Len(1))']}],
    },
    inputs.traces,
  ),
  processor(
    'transform',
    'without error_mode',
    {trace_statements: [{context: 'span', statements: ['set(attributes["a"], ParseJSON(name))']}]},
    inputs.traces,
  ),
];

export const statementCases: readonly Case[] = [
  ...lines(ofSpans).map((text) => statement('span', text)),
  ...lines(ofEvents).map((text) => statement('spanevent', text)),
  ...lines(ofLogs).map((text) => statement('log', text)),
  ...lines(ofMetrics).map((text) => statement('metric', text)),
  ...lines(ofPoints).map((text) => statement('datapoint', text)),
  statement('span', 'set(attributes["a"], ParseJSON(name))', 'propagate'),
  statement('span', 'set(attributes["a"], ParseJSON(name))', 'silent'),
  statement('log', 'set(attributes["a"], Len(severity_number))', 'propagate'),
  ...groups,
];
