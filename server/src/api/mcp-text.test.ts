import {expect, it} from 'vitest';
import {bounded, lines, oneLine, tableText} from './mcp-text.ts';

it('answers for assistants: end at a whole line, or where one line is too long in its middle', () => {
  expect(lines('a', false, undefined, 'b')).toBe('a\nb');
  expect(lines('first', 'x'.repeat(30_000))).toBe('first\n… cut off here; ask for less.');
  expect(bounded('x'.repeat(30_000)).length).toBeLessThan(20_100);
});

it('answers for assistants: a name that an application sent stays in its line and its cell', () => {
  expect(oneLine('a\r\n\u2028\u202eb')).toBe('a b');
  expect(tableText(['name'], [['a|b\\|c\n| ok |']])[2]).toBe(String.raw`| a\|b\\\|c \| ok \| |`);
});
