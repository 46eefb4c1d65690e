/**
 * How fast OTLP becomes columns, and how fast adaptive sampling counts them, without a network, in requests of 512 and of 8192
 * spans: `npm run bench:decode [-- --seconds 3]`. Rates are per second of processor time, which a busy machine does not
 * distort much.
 */
import {parseArgs} from 'node:util';
import {Traffic} from '../server/src/sampling/index.ts';
import {benchCodec} from '../server/src/wire/otlp-proto-decode.bench.ts';
import {measure, pick} from './measure.ts';

const {values} = parseArgs({options: {seconds: {type: 'string', default: '2'}}});

for (const spans of [512, 8192]) {
  const {bytesPerSpan, batches, rows} = benchCodec(spans);
  const traffic = new Traffic({services: 500, operations: 200});
  const bytes = bytesPerSpan * spans;
  const countRoots = {what: 'count roots', spans, bytes, run: (i: number) => traffic.observe(pick(batches, i), 0)};
  console.log(`\n${spans} spans a request, ${Math.round(bytesPerSpan)} bytes a span in protobuf`);
  for (const row of [...rows, countRoots]) measure(row, Number(values.seconds));
}
