import {describe, expect, test} from 'vitest';
import {compileGoRegExp} from './regexp.ts';

/** The text that the expression finds, its groups behind it; undefined where it finds nothing. */
function find(pattern: string, text: string): string[] | undefined {
  const compiled = compileGoRegExp(pattern);
  if (typeof compiled === 'string') throw new Error(compiled);
  const found = compiled.exec(text);
  return found === null ? undefined : [...found].map((each) => each ?? '');
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
  ])('%s on %j', (pattern, text, found) => expect(find(pattern, text)).toEqual(found));

  test.each([
    ['(?=a)', 'regular expressions of Go have no `(?=`'],
    ['(?<!a)', 'regular expressions of Go have no `(?<`'],
    ['(?<=a>)', 'regular expressions of Go have no `(?<`'],
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
    ['(?P<1a>b)', '`1a` is not the name of a group'],
  ])('refuses %s', (pattern, message) => expect(compileGoRegExp(pattern)).toBe(message));

  test.each(['*a', '[b-a]', 'a|*'])('refuses %s in the words of JavaScript', (pattern) => {
    expect(compileGoRegExp(pattern)).toMatch(/^not a regular expression: /);
  });
});
