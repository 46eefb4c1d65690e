/** The short form of `npm run test:answers`: some seeds, the same every time. */
import {expect, describe as group, test} from 'vitest';
import {describe, run} from './run.ts';

group('store answers: every question is answered as by a look at every span', () => {
  test.each([1, 2])('seed %d', {timeout: 240_000}, async (seed) => {
    const {differences} = await run({seed, spans: 600, rounds: 0.5});
    expect(differences.map((one) => describe(one, seed)).join('\n')).toBe('');
  });
});
