import {expect, test} from 'vitest';
import {visibleBody, visibleText} from './visible-text.ts';

test.each([
  ['gateway', 'gateway'],
  ['POST /checkout', 'POST /checkout'],
  ['結帳 服務', '結帳 服務'],
  ['שירות', 'שירות'],
  ['naïve', 'naïve'],
  ['', '(no name)'],
  ['   ', '[SP][SP][SP]'],
  ['\u200b\u2060\u3164', '[U+200B][U+2060][U+3164]'],
  ['\u00a0\n', '[U+00A0][LF]'],
  ['pay\u200bment', 'pay[U+200B]ment'],
  ['\ufeffgateway', '[U+FEFF]gateway'],
  ['invoice\u202egpj.exe', 'invoice[U+202E]gpj.exe'],
  ['a\u2066b\u2069', 'a[U+2066]b[U+2069]'],
  ['soft\u00adhyphen', 'soft[U+00AD]hyphen'],
  ['a\u00a0b', 'a[U+00A0]b'],
  ['a\u2028b', 'a[U+2028]b'],
  ['tag\u{e0041}ged', 'tag[U+E0041]ged'],
  ['half\ud83d', 'half[U+D83D]'],
  ['line\nbreak\tand\u0000nul\u007f', 'line[LF]break[TAB]and[NUL]nul[DEL]'],
  [' gateway', '[SP]gateway'],
  ['gateway ', 'gateway[SP]'],
  ['a  b', 'a[SP][SP]b'],
  ['👩\u200d💻 desk', '👩\u200d💻 desk'],
  ['❤\ufe0f service', '❤\ufe0f service'],
  ['a\u200db', 'a[U+200D]b'],
  ['a\ufe0fb', 'a[U+FE0F]b'],
  ['pay1\ufe0f', 'pay1[U+FE0F]'],
  ['1\ufe0f\u20e3', '1\ufe0f\u20e3'],
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['東京\u3000支店', '東京\u3000支店'],
  ['a\u3000b', 'a[U+3000]b'],
])('visible text: %j is written %j', (text, written) => expect(visibleText(text, '(no name)')).toBe(written));

test('visible text: whatever is written out is ASCII, which every font has', () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCodePoint(code);
    const written = visibleText(`a${character}b`, '');
    if (written !== `a${character}b`) expect(written).toMatch(/^[\x21-\x7e]+$/);
    // What has no ink, or turns its neighbours round, is not left to the font.
    if (/[\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(character) && character !== ' ')
      expect(written, code.toString(16)).not.toContain(character);
  }
});

test('visible text: names that differ in any invisible character are written differently', () => {
  const names = [
    '',
    ' ',
    '\u202e',
    'pay',
    'pay ',
    ' pay',
    'p\u200bay',
    'p\u200cay',
    'p\u200day',
    'pa\u2060y',
    'pa\ufe00y',
    'pay\u0000',
  ];
  expect(new Set(names.map((name) => visibleText(name, ''))).size).toBe(names.length);
});

test.each([
  ['exa\u202emple', 'exa[U+202E]mple'],
  ['a\u200bb', 'a[U+200B]b'],
  ['\u{e0041}', '[U+E0041]'],
  ['at charge (provider.js:88)\n\tat run', 'at charge (provider.js:88)\n\tat run'],
  ['SELECT  1  ', 'SELECT  1  '],
  ['bell\u0007', 'bell[BEL]'],
])('visible text: of several lines, %j is written %j', (text, written) => expect(visibleBody(text)).toBe(written));
