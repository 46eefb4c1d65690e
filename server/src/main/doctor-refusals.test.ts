import {expect, test} from 'vitest';
import {refusals} from './doctor-refusals.ts';

test('weft doctor: tells each reason once, with what to do, and nothing where all got through', () => {
  const metrics = `# TYPE otelcol_receiver_requests counter
otelcol_receiver_requests{receiver="otlp",transport="grpc",outcome="success"} 9
otelcol_receiver_requests{receiver="otlp",transport="grpc",outcome="failure",reason="other_protocol"} 3
otelcol_receiver_requests{receiver="otlp",transport="http",outcome="failure",reason="unknown_path"} 2
otelcol_receiver_requests{receiver="otlp",transport="http",outcome="failure",reason="method"} 0
otelcol_receiver_requests{receiver="otlp",transport="http",outcome="refused",reason="spool_full"} 7
otelcol_receiver_refused_spans{receiver="otlp",transport="http",reason="spool_full"} 700
otelcol_receiver_refused_log_records{receiver="otlp",transport="http",reason="invalid"} 4
`;
  expect(refusals(metrics).map(({text}) => text)).toEqual([
    'requests over grpc that did not get through since the start: 3 (other protocol)',
    'requests over http that did not get through since the start: 2 (unknown path)',
    'requests over http that did not get through since the start: 7 (spool full)',
    'log records over http that did not get through since the start: 4 (invalid)',
  ]);
  expect(refusals(metrics)[0]?.fix).toContain('4318');
  expect(refusals('otelcol_receiver_requests{transport="grpc",outcome="success"} 9\n')).toEqual([]);
});
