/**
 * `npm run test:answers -- --minutes N --seed S`: asks the store thousands of questions about generated spans and compares every
 * answer with the plain reading of the spans. Each seed is a run of its own; the seeds after S follow until the time is over.
 */
import {parseArgs} from 'node:util';
import {describe, run} from './run.ts';

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '5'},
    seed: {type: 'string', default: String(Date.now() % 1e9)},
    spans: {type: 'string', default: '1500'},
    rounds: {type: 'string', default: '10'},
  },
});
const end = performance.now() + Number(values.minutes) * 60_000;
let [asked, wrong] = [0, 0];
for (let seed = Number(values.seed); performance.now() < end; seed++) {
  const result = await run({seed, spans: Number(values.spans), rounds: Number(values.rounds)});
  asked += result.asked;
  wrong += result.differences.length;
  console.log(`seed ${seed}: ${result.asked} questions, ${result.differences.length} answers differ`);
  for (const difference of result.differences) console.log(`✗ ${describe(difference, seed)}`);
}
console.log(`${asked} questions from seed ${values.seed}, ${wrong} answers differ`);
process.exitCode = wrong === 0 ? 0 : 1;
