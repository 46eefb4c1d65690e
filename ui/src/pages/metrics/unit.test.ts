import {expect, test} from 'vitest';
import {unitOf} from './unit.ts';

test.each([
  ['process_resident_memory_bytes', 'bytes'],
  ['sum by (job) (rate(sent_bytes_total[5m]))', 'bytes/s'],
  ['histogram_quantile(0.9, sum by (le) (rate(d_seconds_bucket[5m])))', 'seconds'],
  ['rate(d_seconds_count[5m])', 'number/s'],
  ['avg(cpu_utilization_ratio)', 'ratio'],
  ['a_bytes - b_bytes', 'bytes'],
  ['a_bytes / b_bytes', 'number'],
  ['a_bytes + b_seconds', 'number'],
  ['count(a_bytes)', 'number'],
  ['a_seconds > 2', 'seconds'],
  ['sum(', 'number'],
])('unit of metrics: %s is in %s', (query, unit) => {
  const {of, perSecond} = unitOf(query);
  expect(`${of}${perSecond ? '/s' : ''}`).toBe(unit);
});
