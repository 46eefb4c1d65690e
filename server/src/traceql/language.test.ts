/** What an editor is told of a query. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {completionAt, faultsIn, markedTokens} from './language.ts';

describe('traceql: faults with their words', () => {
  it.each([
    ['{ .a == 1 }', '=', 6],
    ['{ .a = 1 } | frob()', 'frob', 13],
    ['{ duration > "x" }', 'duration', 2],
    ['{ .a =~ "(" }', '"("', 8],
    ['{ .a = ', '=', 5],
    ['{ .a = 1', '1', 7],
    ["{ name = 'x' }", "'", 9],
    ['{} | rate() by (', '(', 15],
    ['{ status = eror }', 'eror', 11],
  ])('%s', (text, word, at) => {
    const [first] = faultsIn(text);
    expect([first?.at, text.slice(first?.at, first?.end)]).toEqual([at, word]);
    expect(first?.message).not.toBe('');
  });
  it.each(['', '  ', '{}', '{ .a =~ "a.*" && status = error } | rate() by (name)', '{ .a = `x` } >> { } | select(.b)'])(
    'none in `%s`',
    (text) => expect(faultsIn(text)).toEqual([]),
  );
});

describe('traceql: marks', () => {
  it('names, words, texts and numbers, in any text', () => {
    const text = '{ span.a = "x" && status = error } | rate() "';
    expect(markedTokens(text).map(({at, end, mark}) => [text.slice(at, end), mark])).toEqual([
      ['{', 'sign'],
      ['span.a', 'name'],
      ['=', 'sign'],
      ['"x"', 'string'],
      ['&&', 'sign'],
      ['status', 'intrinsic'],
      ['=', 'sign'],
      ['error', 'keyword'],
      ['}', 'sign'],
      ['|', 'sign'],
      ['rate', 'function'],
      ['(', 'sign'],
      [')', 'sign'],
      ['"', 'string'],
    ]);
  });
});

describe('traceql: completion', () => {
  it.each([
    ['{ span.ht', 2, 'span.ht', 'field'],
    ['{ .a = 1 && http.ro', 12, 'http.ro', 'field'],
    ['{ span.a = "fo', 11, 'fo', 'value'],
    ['{ span:na', 7, 'na', 'intrinsic'],
    ['{} | ra', 5, 'ra', 'stage'],
    ['{ .a = 1 ', 9, '', 'operator'],
  ])('at the end of `%s`', (text, from, typed, kind) => {
    const found = completionAt(text, text.length);
    expect(found).toMatchObject({from, typed});
    expect(found.wanted.map((one) => one.kind)).toContain(kind);
  });
});

describe('what the page runs of this package', () => {
  it('needs nothing of Node: faces for a browser stand in for the folders below', () => {
    const server = join(import.meta.dirname, '..');
    const seen = new Set<string>();
    const look = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(join(server, file), 'utf8');
      for (const [line, specifier] of text.matchAll(/^(?:import|export)\b[^']*?from '([^']+)';/gms)) {
        if (/^(?:import|export) type /.test(line)) continue;
        expect(specifier, file).not.toMatch(/^node:|^[a-z@]/);
        const target = join(file, '..', specifier as string);
        const portable = target.replace(/index\.ts$/, 'portable.ts');
        look(
          readdirSync(join(server, target, '..')).includes('portable.ts') && target.endsWith('/index.ts')
            ? portable
            : target,
        );
      }
    };
    look('traceql/language.ts');
    expect(seen.size).toBeGreaterThan(15);
  });
});
