import {describe, expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {loadCorpus, loadPastFailures, mutate, tryCase} from './fuzz.ts';

const first = Number(process.env.WEFT_SEED ?? 1);
const rounds = 6000;
const corpus = loadCorpus();

test('OTLP fuzz: the corpus itself is sound', () => {
  expect(corpus.length).toBeGreaterThan(100);
  for (const real of corpus) expect(tryCase(real)).toBeUndefined();
});

test.each(loadPastFailures())('a past failure: $signal $encoding', (past) => expect(tryCase(past)).toBeUndefined());

describe('OTLP fuzz: hostile bodies', () => {
  test('are decoded soundly or refused as malformed', () => {
    for (let seed = first; seed < first + rounds; seed++) {
      expect(tryCase(mutate(seededRandom(seed), corpus)), `WEFT_SEED=${seed}`).toBeUndefined();
    }
  });
});
