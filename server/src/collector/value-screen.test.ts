import {describe, expect, test} from 'vitest';
import {utf8, utf8Bytes} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {compilePattern, type Pattern} from '../regexp/index.ts';
import {needOf} from './regexp-needs.ts';
import {createScreen} from './value-screen.ts';

const first = Number(process.env.WEFT_SEED ?? 1);

function expressionOf(pattern: string): Pattern {
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled;
}

const screens = (patterns: readonly string[]): ((text: string) => boolean) | undefined => {
  const screen = createScreen(patterns.map(expressionOf));
  return screen && ((text) => screen(utf8Bytes(`<${text}>`), 1, utf8Bytes(text).length));
};

describe('needs of expressions', () => {
  test.each([
    ['4[0-9]{12}(?:[0-9]{3})?', '0123456789', 13],
    ['(5[1-5][0-9]{14})', '0123456789', 16],
    ['[a-z0-9.]+@[a-z0-9.]+[.][a-z]+', '@', 1],
    ['\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b', '-0123456789', 11],
    ['AKIA[0-9A-Z]{16}', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 20],
    ['(?i)x{20}', 'Xx', 20],
    ['(?:#|@)[a-z]*', '#@', 1],
    ['sk_(?:live|test)_[0-9A-Za-z]{24}', '_', 2],
    ['(@@)+|@{3,5}', '@', 2],
    ['^@$', '@', 1],
    ['(?m)^@$', '@', 1],
    ['(?P<user>@)', '@', 1],
    ['\\x40\\x{40}', '@', 2],
    ['@{300}', '@', 255],
  ])('%s: of %s at least %i', (pattern, bytes, least) => {
    const need = needOf(expressionOf(pattern));
    const text = String.fromCharCode(...[...(need?.bytes ?? [])].flatMap((has, byte) => (has === 1 ? [byte] : [])));
    expect([text, need?.least]).toEqual([bytes, least]);
  });

  test.each(['.*', '[^@]{20}', 'a*', 'e', '', '@?', '(?i)k{20}', '(?i)s{20}', 'é{20}', '[@é]{20}', '\\pL{20}', '@|e'])(
    '%s: none',
    (pattern) => {
      expect(needOf(expressionOf(pattern))).toBeUndefined();
    },
  );
});

describe('screen of values', () => {
  const cards = ['4[0-9]{12}(?:[0-9]{3})?', '5[1-5][0-9]{14}'];
  const mail = '[a-z0-9.]+@[a-z0-9.]+[.][a-z]+';
  const usual = [
    'GET',
    '',
    'https://shop.example/api/orders?id=4711',
    '10.0.12.7',
    'u-1234567',
    'naïve',
    'a'.repeat(1000),
  ];

  test('what holds none of the needs is told without the expressions', () => {
    const passes = screens([...cards, mail]);
    expect(usual.map((text) => passes?.(text))).toEqual(usual.map(() => false));
    for (const text of ['4111111111111', 'pay 4111 1111 1111 1111', 'me@example.org', `${'x'.repeat(300)}@`]) {
      expect(passes?.(text), text).toBe(true);
    }
  });

  test('counts go on over the length of a stride, and do not run into one another', () => {
    const passes = screens(['@{200}', '#{3}', '!{255}', '%{4}', '~{3}']);
    expect(passes?.('@'.repeat(199) + 'a'.repeat(300))).toBe(false);
    expect(passes?.(`${'@'.repeat(199)}${'a'.repeat(300)}@`)).toBe(true);
    expect(passes?.(`${'!'.repeat(254)}${'@'.repeat(199)}##%%%~~`)).toBe(false);
    expect(passes?.('!'.repeat(250) + '.'.repeat(60) + '!'.repeat(5))).toBe(true);
    expect(passes?.('~~~')).toBe(true);
  });

  test('there is none where one of the expressions may be found anywhere', () => {
    expect(screens([mail, '.*'])).toBeUndefined();
    expect(screens(['e'])).toBeUndefined();
  });

  test('where an expression finds something, the screen lets it see the text', () => {
    for (let seed = first; seed < first + 1000; seed++) {
      const random = seededRandom(seed);
      const patterns = Array.from({length: 1 + Math.floor(random() * 6)}, () => arbitraryPattern(random, 2));
      const screen = createScreen(patterns.map(expressionOf));
      if (screen === undefined) continue;
      for (let i = 0; i < 30; i++) {
        const bytes = utf8Bytes(arbitraryText(random));
        const text = utf8(bytes);
        const found = patterns.find((pattern) => expressionOf(pattern).test(text));
        if (found !== undefined && !screen(bytes, 0, bytes.length))
          expect.fail(`WEFT_SEED=${seed}: ${found} in ${text}`);
      }
    }
  });
});

const pieces = [
  '@',
  '#',
  '4',
  '[0-9]',
  '[@#]',
  '[^@]',
  '.',
  'k',
  '\\d',
  '\\x40',
  '\\pL',
  '[[:digit:]#]',
  '[^\\D]',
  'ſ',
  '\\b',
  '^',
  '$',
];
const quantifiers = ['', '', '', '+', '*', '?', '{2}', '{3,}', '{1,4}', '+?'];

function arbitraryPattern(random: () => number, depth: number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const items = Array.from({length: 1 + Math.floor(random() * 3)}, () => {
    if (depth === 0 || random() < 0.6) {
      const piece = pick(pieces);
      return /^(?:\\b|\^|\$)$/.test(piece) ? piece : piece + pick(quantifiers);
    }
    const inner = arbitraryPattern(random, depth - 1);
    return `${pick(['(', '(?:', '(?i:', '(?P<n>'].slice(0, depth === 2 ? 4 : 3))}${inner}${random() < 0.3 ? `|${arbitraryPattern(random, depth - 1)}` : ''})${pick(quantifiers)}`;
  });
  return items.join('').replaceAll(/\(\?P<n>/g, () => `(?P<n${Math.floor(random() * 1e9)}>`);
}

/** Short: expressions of JavaScript take exponential time for some patterns. */
function arbitraryText(random: () => number): string {
  const chars = ['@', '@', '#', '4', '0', '9', 'k', 'K', '\u212a', 'ſ', 's', 'é', ' ', '\n'];
  return Array.from({length: Math.floor(random() * 10)}, () => chars[Math.floor(random() * chars.length)]).join('');
}
