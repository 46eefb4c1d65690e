import {globSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Catalogue} from './catalogue.ts';
import {chooseLanguage, languageNames, localeOf} from './languages.ts';
import {shellText} from './shell-text.ts';

test.each([
  [undefined, ['zh-TW', 'en'], 'zh-Hant'],
  [undefined, ['zh-HK'], 'zh-Hant'],
  [undefined, ['zh-Hans-HK'], 'zh-Hans'],
  [undefined, ['zh'], 'zh-Hans'],
  [undefined, ['fr-FR', 'zh-CN'], 'zh-Hans'],
  [undefined, ['fr-FR'], 'en'],
  ['zh-Hant', ['en'], 'zh-Hant'],
  ['klingon', ['en-GB'], 'en'],
])('stored %j, preferred %j: %s', (stored, preferred, language) =>
  expect(chooseLanguage(stored, preferred)).toBe(language),
);

test.each([
  ['en', ['en-GB', 'en'], 'en-GB'],
  ['en', ['de-DE', 'en-AU'], 'en-AU'],
  ['en', ['de-DE'], 'en'],
  ['zh-Hant', ['en-US', 'zh-HK'], 'zh-HK'],
  ['zh-Hans', ['zh-TW'], 'zh-Hans'],
  ['en', ['en-!', 'en'], 'en'],
] as const)(
  'languages: numbers and dates in %s of a reader who prefers %j are as %s has them',
  (language, preferred, locale) => expect(localeOf(language, preferred)).toBe(locale),
);

test('languages: no text is left empty, and no Chinese text is English', async () => {
  const catalogues = await everyCatalogue();
  expect(catalogues.length).toBeGreaterThan(5);
  const [en, ...others] = await Promise.all(
    languageNames.map(async (name) => texts(await Promise.all(catalogues.map((one) => one.load(name))))),
  );
  const same = /^(Weft|SQL|SELECT .*|P\d\d|Span( ID)?|Trace state|Schema|OTLP.*|\+1|1 · Weft|span|[1×：，/ ]+)$/;
  for (const other of others) {
    expect([...other.keys()]).toEqual([...(en?.keys() ?? [])]);
    for (const [path, text] of other) {
      expect(text, path).not.toBe('');
      if (!same.test(text)) expect(/[\u4e00-\u9fff]|^1 \/ 1$/.test(text), `${path}: ${text}`).toBe(true);
    }
  }
});

/** The shell's, and each that a part of the page has in its folder. */
async function everyCatalogue(): Promise<readonly Catalogue<object>[]> {
  const source = join(import.meta.dirname, '..');
  const modules = globSync('**/{text,*-text}/index.ts', {cwd: source});
  const parts = await Promise.all(
    modules.map(async (path) => Object.values((await import(join(source, path))) as Record<string, Catalogue<object>>)),
  );
  return [shellText, ...parts.flat()];
}

/** Path → text; functions are called with 1 for each argument. */
function texts(node: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'object' && value !== null)
      for (const [inner, text] of texts(value, `${path}${key}.`)) found.set(inner, text);
    else found.set(path + key, typeof value === 'function' ? value('1', '1', '1', '1') : value);
  }
  return found;
}
