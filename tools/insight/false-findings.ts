/**
 * `npm run false-findings -- --traces 10000`: runs the demo shop without faults until it has produced so many whole traces, explains each
 * one, and prints what was found. Nothing should be. `--load` is the shop's, `--most` the share that makes it fail.
 */

import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {
  type Anatomy,
  dissect,
  explainAnatomy,
  type Finding,
  failedAtRoot,
  type Shape,
  type Steps,
  shapeOfTraces,
  stepsOf,
} from '../../server/src/insight/index.ts';
import type {SpanBatch} from '../../server/src/model/index.ts';
import {isLoadShape} from '../../shop/src/load-shapes.ts';
import {recordShop} from './shop-spans.ts';
import {callersIn, tracesOf} from './traces.ts';

const {values} = parseArgs({
  options: {
    traces: {type: 'string', default: '10000'},
    load: {type: 'string', default: 'rush'},
    most: {type: 'string', default: '1'},
  },
});
const wanted = Number(values.traces);
if (!(wanted > 0)) throw new Error(`--traces ${values.traces}: expected a number above 0`);
if (!isLoadShape(values.load)) throw new Error(`--load ${values.load}: no such load of the shop`);
/** Requests are told apart by trace once they are these old: every service has sent its spans by then. */
const settleSeconds = 10;

const mostUsual = 60;
const earlier = new Map<string, readonly Steps[]>();

interface Tally {
  traces: number;
  torn: number;
  withProblem: number;
  withNotice: number;
  readonly kinds: Map<string, number>;
  nanos: number;
}
const tally: Tally = {traces: 0, torn: 0, withProblem: 0, withNotice: 0, kinds: new Map(), nanos: 0};

let requests: Uint8Array[] = [];
const recorded = await recordShop(values.load, (request) => requests.push(request));
try {
  // Its first requests open connections and compile code: the shop is not healthy before that.
  await sleep(8_000);
  requests = [];
  const before = new Map<string, boolean>();
  while (tally.traces < wanted) {
    await sleep(settleSeconds * 1_000);
    const taken = requests;
    await sleep(settleSeconds * 1_000);
    // What came meanwhile completes the traces of `taken`, and is looked at with the next ones as well.
    const late = requests.slice(taken.length);
    requests = late;
    explainAll(tracesOf(Buffer.concat([...taken, ...late])), before);
    console.error(`${tally.traces} traces`);
  }
} finally {
  await recorded.stop();
}

const share = (count: number): string => `${((100 * count) / tally.traces).toFixed(3)} %`;
console.log(`healthy traces of the shop explained: ${tally.traces} (${tally.torn} more were torn by the recording)`);
console.log(`with a false problem: ${tally.withProblem} (${share(tally.withProblem)})`);
console.log(`with a false notice:  ${tally.withNotice} (${share(tally.withNotice)})`);
for (const [kind, count] of [...tally.kinds].sort((a, b) => b[1] - a[1])) console.log(`  ${count} ${kind}`);
console.log(`mean time to explain one: ${(tally.nanos / tally.traces / 1e6).toFixed(2)} ms`);
if (tally.withProblem / tally.traces > Number(values.most)) process.exitCode = 1;

function explainAll(traces: readonly SpanBatch[], seen: Map<string, boolean>): void {
  const usual = callersIn(traces);
  for (const batch of traces) {
    if (tally.traces >= wanted) return;
    const began = process.hrtime.bigint();
    const anatomy = dissect(batch);
    const {trace, root} = anatomy;
    if (seen.has(trace.traceId)) continue;
    const isWhole = trace.tree.firstOrphan === trace.count && root >= 0 && trace.spans.parentSpanId[root] === '';
    if (!isWhole) {
      tally.torn++;
      continue;
    }
    seen.set(trace.traceId, true);
    const service = trace.services[trace.spans.service[root]!]!;
    const {findings} = explainAnatomy(anatomy, {usualCallers: usual(service), usual: usualOf(anatomy)});
    tally.nanos += Number(process.hrtime.bigint() - began);
    count(findings);
  }
}

/** By root, the last healthy traces before: as many as the API takes for an explanation. */
function usualOf(anatomy: Anatomy): Shape | undefined {
  const {trace, root} = anatomy;
  const key = `${trace.services[trace.spans.service[root]!]} ${trace.names[trace.spans.name[root]!]}`;
  const before = earlier.get(key) ?? [];
  const shape = before.length === 0 ? undefined : shapeOfTraces(before);
  if (!failedAtRoot(anatomy)) earlier.set(key, [...before, stepsOf(anatomy)].slice(-mostUsual));
  return shape;
}

function count(findings: readonly Finding[]): void {
  tally.traces++;
  if (findings.some(({severity}) => severity === 'problem')) tally.withProblem++;
  if (findings.some(({severity}) => severity === 'notice')) tally.withNotice++;
  for (const {kind, facts, figures} of findings) {
    const what = `${kind} ${facts.service ?? ''} ${facts.operation ?? ''} (${Math.round((figures.nanos ?? 0) / 1e8) / 10} s)`;
    tally.kinds.set(what, (tally.kinds.get(what) ?? 0) + 1);
  }
}
