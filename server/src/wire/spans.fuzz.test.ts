import {expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {loadSpanCorpus, mutate, tryCase} from './fuzz.ts';

const first = Number(process.env.WEFT_SEED ?? 1);
const rounds = 3000;
const corpus = loadSpanCorpus();

test('fuzz of spans: the corpus itself is sound', () => {
  for (const real of corpus) expect(tryCase(real)).toBeUndefined();
});

test('fuzz of spans: hostile bodies of Jaeger and Zipkin are decoded soundly or refused as malformed', () => {
  for (let seed = first; seed < first + rounds; seed++) {
    expect(tryCase(mutate(seededRandom(seed), corpus)), `WEFT_SEED=${seed}`).toBeUndefined();
  }
});
