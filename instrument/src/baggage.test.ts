import {context, propagation, ROOT_CONTEXT} from '@opentelemetry/api';
import {beforeEach, describe, expect, test} from 'vitest';
import {allBaggage, baggageLimits, getBaggage, setBaggage, withBaggage} from './baggage.ts';
import {packContext, runInContext} from './carrier.ts';
import {captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans({baggageAttributes: ['tenant.id', 'user.tier']});
beforeEach(() => capture.clear());

describe('baggage', () => {
  test('is there inside, gone outside', async () => {
    await withBaggage({'tenant.id': 'acme'}, async () => {
      await Promise.resolve();
      expect(getBaggage('tenant.id')).toBe('acme');
      withBaggage({'user.tier': 'gold', 'tenant.id': undefined}, () =>
        expect(allBaggage()).toEqual({'user.tier': 'gold'}),
      );
      expect(allBaggage()).toEqual({'tenant.id': 'acme'});
    });
    expect(getBaggage('tenant.id')).toBeUndefined();
  });

  test('crosses a process boundary with any text', () => {
    const value = 'a=b; "c", 台北 %';
    const carrier = withBaggage({note: value}, () => packContext());
    expect(carrier.baggage).toMatch(/^note=[\x21-\x7e]+$/);
    runInContext(carrier, () => expect(getBaggage('note')).toBe(value));
  });

  test('copies only listed keys onto spans, including spans of what is called', () => {
    withBaggage({'tenant.id': 'acme', secret: 's3'}, () => traced('outer', () => traced('inner', () => {})));
    for (const {attributes} of capture.spans) expect(attributes).toEqual({'tenant.id': 'acme'});
    expect(capture.spans).toHaveLength(2);
  });

  test('copies baggage that came with a request', () => {
    runInContext({baggage: 'user.tier=gold,other=1'}, () => traced('served', () => {}));
    expect(capture.one('served').attributes).toEqual({'user.tier': 'gold'});
  });

  test.each([
    ['a key that is no token', {'bad key': 'x'}],
    ['more bytes than the limit', {big: 'x'.repeat(baggageLimits.bytes)}],
    ['more bytes once encoded', {big: '台'.repeat(baggageLimits.bytes / 9)}],
    ['a lone surrogate', {broken: '\ud800'}],
  ])('leaves out %s', (_what, entries) => {
    expect(allBaggage(setBaggage(entries, ROOT_CONTEXT))).toEqual({});
  });

  test('leaves out a value that is no text, instead of throwing', () => {
    const odd = {number: 5, object: {}, nothing: null, fine: 'x'} as unknown as Record<string, string>;
    expect(allBaggage(setBaggage(odd, ROOT_CONTEXT))).toEqual({fine: 'x'});
    expect(allBaggage(setBaggage(undefined as never, ROOT_CONTEXT))).toEqual({});
  });

  test.each([4_095, 8_190])('a value of %i bytes is accepted and sent', (length) => {
    const carrier = withBaggage({a: 'x'.repeat(length)}, () => packContext());
    expect(carrier.baggage).toHaveLength(length + 2);
  });

  test('of more entries than the limit, which came with a request, one may be changed and none added', () => {
    const received = Array.from({length: 100}, (_, index) => `k${index}=v`).join(',');
    runInContext({baggage: received}, () => {
      const changed = allBaggage(setBaggage({k7: 'new', added: 'x'}));
      expect([Object.keys(changed).length, changed.k7, changed.added]).toEqual([100, 'new', undefined]);
    });
  });

  test('leaves out the entry past the limit and keeps the rest', () => {
    const entries = Object.fromEntries(
      Array.from({length: baggageLimits.entries + 5}, (_, index) => [`k${index}`, 'v']),
    );
    const kept = propagation.getBaggage(setBaggage(entries, ROOT_CONTEXT));
    expect(kept?.getAllEntries()).toHaveLength(baggageLimits.entries);
    expect(propagation.getBaggage(context.active())).toBeUndefined();
  });
});
