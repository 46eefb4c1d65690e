import {expect, test} from 'vitest';
import {labelName, metricName, type NamedType, translationStrategies} from './prometheus-names.ts';

const named =
  (strategy: keyof typeof translationStrategies, namespace = '') =>
  (name: string, unit = '', type: NamedType = 'other') =>
    metricName(name, unit, type, {...translationStrategies[strategy], namespace});

// The cases of Prometheus's otlptranslator and the Collector's translator.
const full = named('UnderscoreEscapingWithSuffixes');
test.each([
  [full('active_duration', 'By'), 'active_duration_bytes'],
  [full('system.io', 'By', 'counter'), 'system_io_bytes_total'],
  [full('network_transmitted_bytes_total', 'By', 'counter'), 'network_transmitted_bytes_total'],
  [full('traces.span.metrics.calls', '', 'counter'), 'traces_span_metrics_calls_total'],
  [full('traces.span.metrics.duration', 'ms'), 'traces_span_metrics_duration_milliseconds'],
  [full('http.server.duration', 's'), 'http_server_duration_seconds'],
  [full('queue.usage', '1', 'gauge'), 'queue_usage_ratio'],
  [full('queue.count', '1', 'counter'), 'queue_count_total'],
  [full('queue.count', '1'), 'queue_count'],
  [full('req.rate', '{request}/s', 'gauge'), 'req_rate_per_second'],
  [full('speed', 'km/h', 'gauge'), 'speed_km_per_hour'],
  [full('bytes.per.second', 'By/s', 'gauge'), 'bytes_per_second'],
  [full('unsupported.metric.temperature', '°F', 'gauge'), 'unsupported_metric_temperature_F'],
  [full('unsupported.metric.weird', '+=.:,!* & #', 'gauge'), 'unsupported_metric_weird_:'],
  [full('3.14 digits'), '_3_14_digits'],
  [full('  foo  .bar_'), 'foo_bar'],
  [full('total.requests', '', 'counter'), 'requests_total'],
  [full('a:b'), 'a:b'],
  [named('UnderscoreEscapingWithSuffixes', 'space')('x', 's'), 'space_x_seconds'],
  [named('UnderscoreEscapingWithoutSuffixes')('http.server.duration', 's'), 'http_server_duration'],
  [named('UnderscoreEscapingWithoutSuffixes')('_keep__these_', '', 'counter'), '_keep__these_'],
  [named('NoUTF8EscapingWithSuffixes')('http.server.duration', 's'), 'http.server.duration_seconds'],
  [named('NoUTF8EscapingWithSuffixes')('system.io.total', 'By', 'counter'), 'system.io_bytes_total'],
  [named('NoTranslation')('http.server.duration', 's'), 'http.server.duration'],
  [named('NoTranslation', 'n')('a.b', '', 'counter'), 'n_a.b'],
])('prometheus names: a metric is called %s', (name, expected) => expect(name).toBe(expected));

test('prometheus names: labels keep what Prometheus knows', () => {
  expect(['http.method', '1st', '_own', 'a..b', '日本', '訂單a', ''].map((name) => labelName(name, false))).toEqual([
    'http_method',
    'key_1st',
    '_own',
    'a__b',
    undefined,
    '__a',
    undefined,
  ]);
  expect(labelName('http.method', true)).toBe('http.method');
});
