import {ROOT_CONTEXT, SpanKind, trace} from '@opentelemetry/api';
import {beforeEach, describe, expect, test} from 'vitest';
import {assertChildOf, captureSpans} from './testing/index.ts';
import {Traced, traced} from './traced.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

describe('traced', () => {
  test('gives back what the function returns, plain or promised', async () => {
    expect(traced('plain', () => 7)).toBe(7);
    await expect(traced('promised', async () => 8)).resolves.toBe(8);
    expect(capture.spans.map(({name}) => name)).toEqual(['plain', 'promised']);
  });

  test.each<[string, () => unknown, string]>([
    ['an object without a prototype', () => Object.create(null), '_OTHER'],
    ['a symbol', () => Symbol('odd'), '_OTHER'],
    ['a proxy that was revoked', revoked, '_OTHER'],
    [
      'an error whose getters throw',
      () => Object.defineProperty(new Error('x'), 'code', {get: () => raise(new Error('no'))}),
      '_OTHER',
    ],
    ['an error with a number for a code', () => Object.assign(new RangeError('x'), {code: 23}), 'RangeError'],
    ['a DOMException', () => new DOMException('late', 'TimeoutError'), 'TimeoutError'],
    ['an error without a name', () => Object.assign(new Error('x'), {name: ''}), 'Error'],
  ])('passes on %s that is thrown, as it is, with a span that failed', (_what, make, type) => {
    const thrown = make();
    let caught: unknown;
    try {
      traced('failing', () => raise(thrown));
    } catch (error) {
      caught = error;
    }
    expect(caught === thrown).toBe(true);
    expect(capture.one('failing')).toMatchObject({status: 'error', attributes: {'error.type': type}});
  });

  test('records kind, attributes, links and events', () => {
    const other = traced('other', (span) => span.spanContext());
    traced('work', {kind: SpanKind.CLIENT, attributes: {'a.b': 1}, links: [{context: other}]}, (span) => {
      span.addEvent('milestone', {step: 2});
    });
    const span = capture.one('work');
    expect(span).toMatchObject({kind: 'client', attributes: {'a.b': 1}, status: 'unset'});
    expect(span.links).toEqual([{traceId: other.traceId, spanId: other.spanId}]);
    expect(span.events).toEqual([{name: 'milestone', attributes: {step: 2}}]);
  });

  test('is the parent of what runs in it, across awaits; parallel ones are siblings', async () => {
    await traced('parent', async () => {
      await Promise.all(['a', 'b'].map((name) => traced(name, async () => new Promise((done) => setTimeout(done, 5)))));
      await Promise.resolve();
      traced('c', () => {});
    });
    const parent = capture.one('parent');
    for (const name of ['a', 'b', 'c']) assertChildOf(capture.one(name), parent);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  test.each([
    ['thrown', () => traced('fails', () => raise(new TypeError('no')))],
    ['rejected', () => traced('fails', async () => raise(new TypeError('no')))],
  ])('records and passes on an error: %s', async (_how, run) => {
    await expect(async () => run()).rejects.toThrow('no');
    const span = capture.one('fails');
    expect(span).toMatchObject({status: 'error', statusMessage: 'no', attributes: {'error.type': 'TypeError'}});
    expect(span.events[0]).toMatchObject({name: 'exception', attributes: {'exception.message': 'no'}});
  });

  test('records an exception that is no Error', () => {
    expect(() => traced('odd', () => raise('text'))).toThrow('text');
    expect(capture.one('odd').statusMessage).toBe('text');
  });

  test('starts a new trace when root', () => {
    traced('outer', () => traced('inner', {root: true}, () => {}));
    expect(capture.one('inner').parentSpanId).toBeUndefined();
    expect(capture.one('inner').traceId).not.toBe(capture.one('outer').traceId);
  });

  test('computes lazy attributes once, and only for a recorded span', () => {
    let computed = 0;
    const attributes = () => ({dear: ++computed});
    traced('recorded', {attributes}, () => {});
    expect(capture.one('recorded').attributes).toMatchObject({dear: 1});
    const unsampled = trace.wrapSpanContext({traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0});
    traced('dropped', {attributes, parent: trace.setSpan(ROOT_CONTEXT, unsampled)}, () => {});
    expect(computed).toBe(1);
  });
});

describe('Traced', () => {
  test('wraps a function, keeping this and arguments', () => {
    const account = {
      balance: 5,
      add: Traced('account.add', {attributes: (amount: number) => ({amount})})(function (
        this: {balance: number},
        amount: number,
      ) {
        this.balance += amount;
        return this.balance;
      }),
    };
    expect(account.add(2)).toBe(7);
    expect(capture.one('account.add').attributes).toMatchObject({amount: 2});
  });

  test('decorates a method, standard and legacy', async () => {
    class Orders {
      find(id: string) {
        return `order ${id}`;
      }
    }
    const standard = Traced()(Orders.prototype.find, {kind: 'method', name: 'find'} as ClassMethodDecoratorContext);
    expect(standard.call(new Orders(), '1')).toBe('order 1');
    const legacy = Traced()(Orders.prototype, 'find', Object.getOwnPropertyDescriptor(Orders.prototype, 'find')!);
    expect((legacy.value as Orders['find']).call(new Orders(), '2')).toBe('order 2');
    expect(capture.spans.map(({name}) => name)).toEqual(['Orders.find', 'Orders.find']);
  });
});

function revoked(): unknown {
  const {proxy, revoke} = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function raise(error: unknown): never {
  throw error;
}
