import {RE2JS} from 're2js';
import {describe, expect, test} from 'vitest';
import {seededRandom} from '../base/testing.ts';
import {toRegExp} from './native.ts';
import {parse} from './parse.ts';
import {anyOf, compilePattern, noPattern, type Pattern, quote, replaceMatches} from './pattern.ts';
import {pumpedText, randomPattern} from './testing.ts';

const compiled = (text: string): Pattern => {
  const pattern = compilePattern(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
};

function matches(pattern: Pattern, text: string): string[] {
  const found: string[] = [];
  pattern.eachMatch(text, ([match]) => found.push(match));
  return found;
}

/** The text that the expression finds, its groups behind it; undefined where it finds nothing. */
function find(pattern: string, text: string): string[] | undefined {
  const found = compiled(pattern).exec(text);
  return found === undefined ? undefined : [...found].map((each) => each ?? '');
}

describe('regular expressions of Go', () => {
  test.each([
    ['(?i)hello', 'say HELLO', ['HELLO']],
    ['a(?i)b|c', 'C', ['C']],
    ['a(?i)b|c', 'A', undefined],
    ['a(?i)b|c', 'aB', ['aB']],
    ['(a(?i)b)c', 'aBC', undefined],
    ['(?i:a)b', 'Ab', ['Ab']],
    ['(?i)a(?-i)b', 'AB', undefined],
    ['(?i)a(?-i)b', 'Ab', ['Ab']],
    ['(?i)a(?-i:b)c', 'AbC', ['AbC']],
    ['(?P<id>\\d+)', 'x42', ['42', '42']],
    ['(?<id>\\d+)', 'x42', ['42', '42']],
    ['\\Aab\\z', 'ab', ['ab']],
    ['\\Aab\\z', 'ab\n', undefined],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['^b$', 'a\nb\nc', undefined],
    ['(?m)^b$', 'a\rb\rc', undefined],
    ['a.b', 'a\rb', ['a\rb']],
    ['a.b', 'a\nb', undefined],
    ['(?s)a.b', 'a\nb', ['a\nb']],
    ['(?U)a+', 'aaa', ['a']],
    ['(?U)a+?', 'aaa', ['aaa']],
    ['a{2}', 'aaa', ['aa']],
    ['a{,2}', 'a{,2}', ['a{,2}']],
    ['a{x', 'a{x', ['a{x']],
    ['a]}', 'a]}', ['a]}']],
    ['\\s', '\u00a0', undefined],
    ['\\s+', ' \t\n', [' \t\n']],
    ['[\\s,]+', ', ', [', ']],
    ['[^\\S]', ' ', [' ']],
    ['[\\w.-]+@[\\w-]+', 'me <a.b-c@d-e>', ['a.b-c@d-e']],
    ['[]a]+', 'x]a', [']a']],
    ['[^]a]', ']ab', ['b']],
    ['[a-]+', 'a-a', ['a-a']],
    ['[[:alpha:]_]+', '1ab_2', ['ab_']],
    ['[[:^digit:]]+', '12ab3', ['ab']],
    ['[&&||~~]+', 'a&|~', ['&|~']],
    ['\\pL+', '1été2', ['été']],
    ['\\p{Greek}+', 'aλβ', ['λβ']],
    ['\\p{^Greek}+', 'λab', ['ab']],
    ['[\\PL]+', 'a12b', ['12']],
    ['\\Qa.b\\E+', 'a.bb', ['a.bb']],
    ['\\Q(', '(', ['(']],
    ['\\x{1F642}', '🙂', ['🙂']],
    ['\\x41\\101\\a', 'AA\u0007', ['AA\u0007']],
    ['^.$', '🙂', ['🙂']],
    ['\\-\\_\\"\\/', '-_"/', ['-_"/']],
    [
      '^\\/api\\/v1\\/document\\/(?P<documentId>.*)\\/update$',
      '/api/v1/document/321/update',
      ['/api/v1/document/321/update', '321'],
    ],
    ['4[0-9]{12}(?:[0-9]{3})?', 'card 4111111111111111', ['4111111111111111']],
    ['(|a)b', 'ab', ['ab', 'a']],
    // Answers of Go where JavaScript has others.
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(|a)*', 'aa', ['', '']],
    ['(a*)+', 'b', ['', '']],
    ['(a*)?', 'b', ['', '']],
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['abcd', 'a', 'bcd', '']],
    ['(?i:b)[ab]', 'bA', undefined],
    ['(?i:b)x|[ab]+', 'aA', ['a']],
    ['(b|((?i)a[^b]b|b)\\pL)', 'BBa', ['BB', 'BB', 'B']],
    ['(?i)\\bk', '\u212a', undefined],
    ['(?i)k', '\u212a', ['\u212a']],
    ['x(?i:s)', 'x\u017f', ['x\u017f']],
    ['(?m)$\\B', 'aaaa😀aacbb', undefined],
    ['^*a', 'a', ['a']],
  ])('%s on %j', (pattern, text, found) => expect(find(pattern, text)).toEqual(found));

  test.each([
    ['(?=a)', 'regular expressions of Go have no `(?=`'],
    ['(?<!a)', 'regular expressions of Go have no `(?<!`'],
    ['(?<=a>)', 'regular expressions of Go have no `(?<=`'],
    ['(a)\\1', 'regular expressions of Go have no references to groups (`\\1`)'],
    ['\\Z', 'regular expressions of Go have no `\\Z`'],
    ['\\C', 'regular expressions of Go have no `\\C`'],
    ['(a', 'a `(` without its `)`'],
    ['a)', 'a `)` without its `(`'],
    ['[a', 'a `[` without its `]`'],
    ['a**', '`**` repeats a repetition'],
    ['a{1001}', 'a repetition of more than 1000'],
    ['[[:nothing:]]', '`[:nothing:]` names no class of characters'],
    ['a\\', 'a backslash at the end'],
    ['*a', 'nothing stands before `*`'],
    ['a|*', 'nothing stands before `*`'],
    ['a{2}{3}', '`{2}{3}` repeats a repetition'],
    ['a{3,2}', '`{3,2}` is out of order'],
    ['(a{100}){11}', 'repetitions in each other come to more than 1000'],
    ['[b-a]', 'the range `b-a` is out of order'],
    ['[[:al-pha:]]', '`[:al-pha:]` names no class of characters'],
    ['\\p{Nothing}', '`\\p{Nothing}` names no class of characters'],
    ['\\x{110000}', '`110000` is no character'],
    ['(?P<a>b)(?P<a>c)', 'two groups are named `a`'],
    ['('.repeat(1001), 'groups lie more than 1000 deep in each other'],
    ['(?P<1a>b)', '`1a` is not the name of a group'],
  ])('refuses %s', (pattern, message) => expect(compilePattern(pattern)).toBe(message));
});

describe('patterns', () => {
  test.each(['', 'a', '\n', '\ud800', '😀'])('the one for nothing is not found in %j', (text) => {
    expect(noPattern.test(text)).toBe(false);
    expect(noPattern.exec(text)).toBeUndefined();
  });

  test.each([
    ['a*', 'baac', ['', 'aa', '']],
    ['(?m)$', 'aa😀b', ['']],
    ['', 'é😀', ['', '', '']],
    ['a|b*', 'abba', ['a', 'bb', 'a']],
    ['(|a)+', 'aa', ['', '', '']],
  ])('the matches of %s in %j are those of Go', (pattern, text, found) => {
    expect(matches(compiled(pattern), text)).toEqual(found);
  });

  test.each(['(a+)+$', '(?P<first>a|a)*(?P<last>b)', '^(?:(?:a?){40}a{40})+$', '(\\w+\\s?)+;', '(.*)*x'])(
    'a long text that %s would be gone back over for ever is answered',
    (text) => {
      const pattern = compiled(text);
      const hostile = `${'a'.repeat(50_000)}!`;
      expect([pattern.test(hostile), pattern.exec(hostile), matches(pattern, hostile)]).toEqual([false, undefined, []]);
      expect(pattern.places(hostile)).toBeUndefined();
    },
  );

  test.each([1000, 100_000])('places and names of groups in a text of %d characters', (length) => {
    const pattern = compiled('(?P<user>\\w+)@(x)?(?P<host>\\w+)');
    const before = ' '.repeat(length);
    expect(pattern.names).toEqual(['user', undefined, 'host']);
    const place = (from: number, to: number) => [length + from, length + to];
    expect(pattern.places(`${before}me@here`)).toEqual([place(0, 7), place(0, 2), undefined, place(3, 7)]);
    const found = pattern.exec(`${before}me@here`);
    expect({...found?.groups, index: found?.index}).toEqual({user: 'me', host: 'here', index: length});
  });

  test('a replacement may use the pattern itself', () => {
    const pattern = compiled('[a-z]+');
    const upper = (text: string) => replaceMatches(pattern, text, ([match]) => match.toUpperCase());
    expect(replaceMatches(pattern, 'ab 1 cd', ([match]) => upper(match) ?? '')).toBe('AB 1 CD');
    expect(upper('12')).toBeUndefined();
  });

  test('any of some patterns, with equal names of groups and an open quotation', () => {
    expect(anyOf([])).toBeUndefined();
    const named = anyOf([compiled('(?P<a>x)$'), compiled('(?i)(?P<a>y)')]);
    expect(['x', 'X', 'Y', 'xz'].map((text) => named?.test(text))).toEqual([true, false, true, false]);
    const quoted = anyOf([compiled('\\Qa.b'), compiled('c')]);
    expect(['a.b', 'axb', 'c'].map((text) => quoted?.test(text))).toEqual([true, false, true]);
  });

  test('a quoted text finds itself only', () => {
    const text = '^a.b*[c]{2}(d|e)+?$\\';
    expect(compiled(`^${quote(text)}$`).test(text)).toBe(true);
  });

  test('patterns over a and b find the same by both engines', () => {
    const first = Number(process.env.WEFT_SEED ?? 1);
    const rounds = process.env.WEFT_SEED === undefined ? 1500 : 1;
    for (let seed = first; seed < first + rounds; seed++) {
      const random = seededRandom(seed);
      const below = (most: number): number => Math.floor(random() * most);
      const text = randomPattern(below);
      const linear = RE2JS.compile(text);
      const native = toRegExp(parse(text).root, '') as RegExp;
      const pattern = compiled(text);
      for (let i = 0; i < 3; i++) {
        const subject = pumpedText(below, 8);
        const where = `WEFT_SEED=${seed} ${text} on ${subject}`;
        expect(native.test(subject), where).toBe(linear.test(subject));
        expect(pattern.exec(subject)?.join(), where).toBe(linear.exec(subject)?.join());
      }
    }
  });
});
