/** The sampler against a plain one that keeps objects, over random traces, orders, late spans, tenants, restarts and kills. */
import {cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {and, drop, latency, type NamedPolicy, not, spanCount, statusCode, stringAttribute} from './index.ts';
import {startTestSampler, type TestSampler, type TestSpan} from './testing.ts';

const waitMs = 1000;
const rootWaitMs = 300;

const string = (value: string, inverted = false) =>
  stringAttribute({key: 'kind', values: [value], cacheSize: 8, inverted});
const policies = (): NamedPolicy[] => [
  {name: 'errors', policy: statusCode([2]), isDrop: false},
  {name: 'slow', policy: latency(50, 0), isDrop: false},
  {name: 'no noise', policy: drop([string('noise')]), isDrop: true},
  {name: 'many', policy: and([spanCount(4, 0), not(string('dull'))]), isDrop: false},
];

/** The same in plain words: the name of the policy that keeps these spans, or undefined; `dropped` where one drops them. */
function plainly(spans: readonly TestSpan[]): string | undefined {
  const has = (kind: string): boolean => spans.some(({attributes}) => attributes?.kind === kind);
  if (has('noise')) return 'dropped';
  if (spans.some(({status}) => status === 2)) return 'errors';
  const start = Math.min(...spans.map((span) => span.start as number));
  const end = Math.max(...spans.map((span) => span.end as number));
  if (end - start > 50) return 'slow';
  return spans.length >= 4 && !has('dull') ? 'many' : undefined;
}

interface PlainTrace {
  readonly key: string;
  readonly spans: TestSpan[];
  due: number;
}

/** What should come out: `tenant trace/span policy`. */
class Oracle {
  readonly out: string[] = [];
  readonly #waiting = new Map<string, PlainTrace>();
  readonly #decided = new Map<string, string | undefined>();
  #now = 0;

  send(tenant: string, spans: readonly TestSpan[]): void {
    const late = Map.groupBy(spans, ({trace}) => `${tenant} ${trace}`);
    for (const [key, of] of late) {
      if (!this.#decided.has(key)) continue;
      let policy = this.#decided.get(key);
      if (policy === undefined && of.some(({status}) => status === 2)) {
        policy = plainly(of);
        // A policy that would drop the late spans alone leaves the decision as it is.
        if (policy === 'dropped') policy = undefined;
        this.#decided.set(key, policy);
      }
      if (policy !== undefined && policy !== 'dropped') this.#emit(key, of, policy);
    }
    for (const span of spans) {
      const key = `${tenant} ${span.trace}`;
      if (this.#decided.has(key)) continue;
      let known = this.#waiting.get(key);
      if (known === undefined) this.#waiting.set(key, (known = {key, spans: [], due: this.#now + waitMs}));
      known.spans.push(span);
      if (span.parent === undefined) known.due = Math.min(known.due, this.#now + rootWaitMs);
    }
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const {key, spans, due} of [...this.#waiting.values()]) {
      if (due > this.#now) continue;
      this.#waiting.delete(key);
      const policy = plainly(spans);
      this.#decided.set(key, policy);
      if (policy !== undefined && policy !== 'dropped') this.#emit(key, spans, policy);
    }
  }

  /** What waits has its time again; decisions may be forgotten, so the test sends nothing late of them. */
  restart(): Set<string> {
    const done = new Set(this.#decided.keys());
    for (const trace of this.#waiting.values()) {
      const hasRoot = trace.spans.some(({parent}) => parent === undefined);
      trace.due = this.#now + (hasRoot ? rootWaitMs : waitMs);
    }
    return done;
  }

  #emit(key: string, spans: readonly TestSpan[], policy: string): void {
    for (const {span} of spans) this.out.push(`${key}/${span} ${policy}`);
  }
}

const directories: string[] = [];
const newDirectory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'weft-tail-oracle-'));
  directories.push(made);
  return made;
};
afterAll(() => {
  for (const each of directories) rmSync(each, {recursive: true, force: true});
});

const seeds = Array.from({length: 24}, (_, i) => i + 1);
test.each(seeds)('tail sampling: as a plain sampler decides, seed %i', async (seed) => {
  const random = seededRandom(seed);
  const some = (limit: number): number => Math.floor(random() * limit);
  const isDurable = random() < 0.7;
  const oracle = new Oracle();
  let directory = newDirectory();
  const start = (): Promise<TestSampler> =>
    startTestSampler(policies(), {decisionWaitMs: waitMs, rootWaitMs}, {directory, isDurable});
  let at = await start();
  const out: string[] = [];
  const collect = (): void => {
    for (const each of at.out) out.push(`${each.tenant} ${each.id} ${String(each.attributes['tailsampling.policy'])}`);
  };
  let done = new Set<string>();
  let nextTrace = 0;
  let nextSpan = 0;
  for (let step = 0; step < 60; step++) {
    const what = random();
    if (what < 0.6) {
      const tenant = random() < 0.7 ? 'a' : 'b';
      const spans: TestSpan[] = [];
      for (let i = some(12); i >= 0; i--) {
        // Mostly of late traces: some are waiting, some decided.
        const trace = random() < 0.3 ? nextTrace++ : Math.max(0, nextTrace - 1 - some(12));
        if (done.has(`${tenant} ${trace}`)) continue;
        const begin = 1000 + some(40);
        spans.push({
          trace,
          span: nextSpan++,
          ...(random() < 0.6 && {parent: 0}),
          service: random() < 0.5 ? 'shop' : 'stock',
          status: random() < 0.1 ? 2 : 0,
          start: begin,
          end: begin + some(random() < 0.05 ? 100 : 20),
          attributes: {
            kind: ['noise', 'dull', 'usual', 'usual', 'usual'][some(5)] as string,
            text: 'x'.repeat(some(300)),
          },
        });
      }
      if (spans.length === 0) continue;
      oracle.send(tenant, spans);
      await at.send(spans, tenant);
    } else if (what < 0.95) {
      const ms = some(500);
      oracle.pass(ms);
      await at.pass(ms);
    } else {
      await at.sampler.delivered();
      await at.pass(0);
      await at.sampler.settled();
      collect();
      done = new Set([...done, ...oracle.restart()]);
      if (isDurable && random() < 0.5) {
        // A kill: the next one finds the disk as it is now.
        const left = newDirectory();
        cpSync(directory, left, {recursive: true});
        await at.stop();
        directory = left;
      } else await at.stop();
      at = await start();
    }
  }
  oracle.pass(2 * waitMs);
  await at.pass(2 * waitMs);
  await at.pass(0);
  collect();
  const missing = oracle.out.filter((each) => !out.includes(each));
  const extra = out.filter((each, i) => !oracle.out.includes(each) || out.indexOf(each) !== i);
  expect({missing, extra}).toEqual({missing: [], extra: []});
  expect(out.length).toBeGreaterThan(0);
  expect(at.sampler.held).toBe(0);
  await at.stop();
});
