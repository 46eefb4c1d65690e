import {expect, test} from 'vitest';
import {seededRandom} from '../base/testing.ts';
import {growthOf} from './ambiguity.ts';
import {automatonOf} from './automaton.ts';
import {parse} from './parse.ts';
import {pumpedText, randomPattern, stepsOf} from './testing.ts';

function growth(pattern: string) {
  const automaton = automatonOf(parse(pattern).root);
  return automaton && growthOf(automaton);
}

test.each<[string, number]>([
  ['^/users/[0-9]+$', 1],
  ['/users/[0-9]+', 1],
  ['(?i)password=[^&]*', 1],
  ['4[0-9]{12}(?:[0-9]{3})?', 1],
  ['\\b\\d{3}-\\d{2}-\\d{4}\\b', 1],
  ['([0-9a-f]{2}:){5}[0-9a-f]{2}', 1],
  ['^.*error', 1],
  ['^(\\d+,)*$', 1],
  ['^(?:a|b)*c', 1],
  ['^(?P<ip>\\S+) (?P<user>\\S+) \\[(?P<time>[^\\]]+)\\] "(?P<request>[^"]*)" (?P<status>\\d+)', 1],
  ['secret|token|password', 1],
  // Begun at every place, and read on from there.
  ['\\w+@\\w+\\.com', 2],
  ['.*error.*', 2],
  ['a+b', 2],
  ['(\\d+,)*$', 2],
  ['^.*a.*b', 2],
  ['.*a.*b', 3],
  ['^.*a.*b.*c', 3],
  ['^\\d+\\w+[^-]+-', 3],
  ['(a+)+b', Number.POSITIVE_INFINITY],
  ['(a|a)*b', Number.POSITIVE_INFINITY],
  ['(a|aa)*b', Number.POSITIVE_INFINITY],
  ['(.*)*x', Number.POSITIVE_INFINITY],
  ['(x+x+)+y', Number.POSITIVE_INFINITY],
  ['(a?){50}a{50}', Number.POSITIVE_INFINITY],
  ['(a{0,30}){0,30}b', Number.POSITIVE_INFINITY],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', Number.POSITIVE_INFINITY],
  ['(\\pL|\\p{Greek})*!', Number.POSITIVE_INFINITY],
  ['(?i)(k|\\x{212a})*!', Number.POSITIVE_INFINITY],
  [`${'a?'.repeat(20)}${'a'.repeat(20)}`, Number.POSITIVE_INFINITY],
])('growth of %s has the degree %d', (pattern, degree) => expect(growth(pattern)?.degree).toBe(degree));

test('growth: patterns over a and b take no more steps than their growth says', () => {
  const first = Number(process.env.WEFT_SEED ?? 1);
  const rounds = process.env.WEFT_SEED === undefined ? 1500 : 1;
  let bounded = 0;
  for (let seed = first; seed < first + rounds; seed++) {
    const random = seededRandom(seed);
    const below = (most: number): number => Math.floor(random() * most);
    const pattern = randomPattern(below);
    const {root} = parse(pattern);
    const automaton = automatonOf(root);
    if (automaton === undefined) continue;
    const {degree, factor} = growthOf(automaton);
    if (degree > 3) continue;
    bounded++;
    for (let i = 0; i < 4; i++) {
      const text = pumpedText(below, 50);
      const most = 12 * automaton.letters.length * factor * (text.length + 1) ** degree;
      expect(stepsOf(root, text, most + 1), `WEFT_SEED=${seed} ${pattern} on ${text}`).toBeLessThanOrEqual(most);
    }
  }
  if (rounds > 1) expect(bounded).toBeGreaterThan(rounds / 3);
});
