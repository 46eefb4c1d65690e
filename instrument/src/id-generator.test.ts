import {expect, test} from 'vitest';
import {createIdGenerator} from './id-generator.ts';

test('ids are well formed, never repeat, and use every digit everywhere', () => {
  const ids = createIdGenerator();
  const [traces, spans] = [new Set<string>(), new Set<string>()];
  const seen = Array.from({length: 32}, () => new Set<string>());
  for (let index = 0; index < 20_000; index++) {
    const trace = ids.generateTraceId();
    traces.add(trace);
    spans.add(ids.generateSpanId());
    for (let at = 0; at < 32; at++) seen[at]!.add(trace[at]!);
  }
  expect([traces.size, spans.size]).toEqual([20_000, 20_000]);
  for (const id of traces) expect(id).toMatch(/^[0-9a-f]{32}$/);
  for (const id of spans) expect(id).toMatch(/^[0-9a-f]{16}$/);
  for (const digits of seen) expect(digits.size).toBe(16);
});
