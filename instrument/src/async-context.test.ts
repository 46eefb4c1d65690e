import {EventEmitter, on} from 'node:events';
import {setImmediate as immediate, setTimeout as sleep} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import {context, ROOT_CONTEXT, trace} from '@opentelemetry/api';
import {beforeEach, describe, expect, test} from 'vitest';
import {packContext, runInContext} from './carrier.ts';
import {bindEmitter} from './context-manager.ts';
import {assertChildOf, captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';
import {onMessage, postMessage} from './worker.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

const active = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

/** Runs `work` in a span and says whether the span that `work` sees at its end is that span. */
const survives = (work: (seen: (spanId: string | undefined) => void) => Promise<unknown> | unknown): Promise<boolean> =>
  traced('parent', async (span) => {
    let seen: string | undefined;
    await work((spanId) => {
      seen = spanId;
    });
    return seen === span.spanContext().spanId;
  });

describe('context survives', () => {
  test.each<[string, Parameters<typeof survives>[0]]>([
    ['await', async (seen) => Promise.resolve().then(() => seen(active()))],
    ['then and catch', (seen) => Promise.reject(new Error('x')).catch(() => seen(active()))],
    ['setTimeout', (seen) => new Promise<void>((done) => setTimeout(() => done(seen(active())), 1))],
    ['setImmediate', (seen) => new Promise<void>((done) => setImmediate(() => done(seen(active()))))],
    [
      'setInterval',
      (seen) =>
        new Promise<void>((done) => {
          const timer = setInterval(() => {
            clearInterval(timer);
            done(seen(active()));
          }, 1);
        }),
    ],
    ['nextTick', (seen) => new Promise<void>((done) => process.nextTick(() => done(seen(active()))))],
    ['queueMicrotask', (seen) => new Promise<void>((done) => queueMicrotask(() => done(seen(active()))))],
    [
      'promised timers',
      async (seen) => {
        await sleep(1);
        await immediate();
        seen(active());
      },
    ],
    [
      'async iteration',
      async (seen) => {
        for await (const _ of [Promise.resolve(1), sleep(1)]) seen(active());
      },
    ],
    [
      'a generator driven later',
      async (seen) => {
        const steps = (async function* () {
          yield active();
        })();
        seen((await steps.next()).value ?? undefined);
      },
    ],
    [
      'an event emitted inside',
      (seen) => {
        const emitter = new EventEmitter();
        emitter.once('done', () => seen(active()));
        emitter.emit('done');
      },
    ],
    [
      'an emitter awaited as a stream',
      async (seen) => {
        const emitter = new EventEmitter();
        setTimeout(() => emitter.emit('item', 1), 1);
        for await (const _ of on(emitter, 'item')) return seen(active());
      },
    ],
    [
      'Promise.all',
      async (seen) => {
        const all = await Promise.all([sleep(1), sleep(2)].map((wait) => wait.then(active)));
        seen(all[0] === all[1] ? all[0] : undefined);
      },
    ],
  ])('%s', async (_what, work) => {
    expect(await survives(work)).toBe(true);
  });

  test('an emitter bound to the context that listens, whoever emits', () => {
    const emitter = new EventEmitter();
    const listener = traced('listener', (span) => {
      context.bind(context.active(), emitter);
      return span.spanContext().spanId;
    });
    let seen: string | undefined;
    emitter.on('job', () => void (seen = active()));
    traced('emitter', () => emitter.emit('job'));
    expect(seen).toBe(listener);
  });

  test('an emitter bound with an observer, which hears of events first and is no listener', () => {
    const emitter = new EventEmitter();
    const heard: unknown[] = [];
    const listener = traced('listener', (span) => {
      const sees = (_emitter: EventEmitter, event: string | symbol, value: unknown) => void heard.push(event, value);
      bindEmitter(emitter, {context: context.active(), sees});
      bindEmitter(emitter, {context: ROOT_CONTEXT}); // The first binding stays.
      return span.spanContext().spanId;
    });
    expect([emitter.emit('job', 1), emitter.listenerCount('job'), heard]).toEqual([false, 0, ['job', 1]]);
    emitter.on('job', (value) => void heard.push(active(), value));
    emitter.emit('job', 2);
    expect(heard.slice(2)).toEqual(['job', 2, listener, 2]);
  });

  test('a queue drained later by someone else, with packContext and runInContext', async () => {
    const queue: {readonly carrier: Record<string, string>; readonly run: () => void}[] = [];
    traced('enqueue', () => queue.push({carrier: packContext(), run: () => traced('job', () => {})}));
    await sleep(1);
    traced('drain', () => {
      for (const {carrier, run} of queue) runInContext(carrier, run);
    });
    assertChildOf(capture.one('job'), capture.one('enqueue'));
  });

  test('a queue without it takes the context of whoever drains: the fault that the helper mends', async () => {
    const queue: (() => void)[] = [];
    traced('enqueue', () => queue.push(() => traced('job', () => {})));
    traced('drain', () => queue.forEach((run) => void run()));
    assertChildOf(capture.one('job'), capture.one('drain'));
  });

  test('worker_threads and back, with postMessage and onMessage', async () => {
    const worker = new Worker(new URL('../fixtures/context-worker.mjs', import.meta.url), {execArgv: []});
    const answered = Promise.withResolvers<unknown>();
    onMessage(worker, (answer) => {
      traced('after', () => {});
      answered.resolve(answer);
    });
    await new Promise((ready) => worker.once('online', ready));
    traced('before', () => postMessage(worker, {question: 6}));
    const answer = (await answered.promise) as {readonly answer: number; readonly parent: string};
    await worker.terminate();
    expect(answer).toEqual({answer: 42, parent: capture.one('before').spanId});
    expect(capture.one('after').traceId).toBe(capture.one('before').traceId);
  });
});
