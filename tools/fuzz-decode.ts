/**
 * Fuzzes the decoders of OTLP, Jaeger and Zipkin for as long as asked: `npm run fuzz -- --seconds 600 --seed 7`. Each failure is kept in
 * fixtures/fuzz, where `npm test` finds it from then on, and makes the command fail.
 */
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {seededRandom} from '../server/src/model/testing.ts';
import {loadCorpus, loadPastFailures, loadSpanCorpus, mutate, tryCase} from '../server/src/wire/fuzz.ts';

const {values} = parseArgs({
  options: {seconds: {type: 'string', default: '60'}, seed: {type: 'string', default: String(Date.now() % 1e9)}},
});
// Spans as often as all of OTLP together.
const spans = loadSpanCorpus();
const otlp = [...loadCorpus(), ...loadPastFailures()];
const end = performance.now() + Number(values.seconds) * 1000;
const maxFailures = 10;
let seed = Number(values.seed);
let failures = 0;
let tried = 0;
let slowest = {milliseconds: 0, seed};

for (; performance.now() < end && failures < maxFailures; seed++) {
  const hostile = mutate(seededRandom(seed), seed % 2 === 0 ? otlp : spans);
  const start = performance.now();
  const wrong = tryCase(hostile);
  const milliseconds = performance.now() - start;
  if (milliseconds > slowest.milliseconds) slowest = {milliseconds, seed};
  tried++;
  if (wrong === undefined) continue;
  failures++;
  const digest = createHash('sha256').update(hostile.body).digest('hex').slice(0, 12);
  const name = `${hostile.signal}-${digest}.${hostile.encoding}`;
  writeFileSync(new URL(`../fixtures/fuzz/${name}`, import.meta.url), hostile.body);
  console.error(`seed ${seed}, kept as fixtures/fuzz/${name}: ${wrong}`);
}
console.log(
  `${tried} bodies from seed ${values.seed}, ${failures} failures; the slowest took ${slowest.milliseconds.toFixed(1)} ms (seed ${slowest.seed})`,
);
process.exitCode = failures === 0 ? 0 : 1;
