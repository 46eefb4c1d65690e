import {expect, it} from 'vitest';
import {pointAt} from './text-fault.ts';

it('pointAt: shows the line of the fault with a mark under its place', () => {
  expect(pointAt('a\nb c\nd', {position: 4, message: 'no c'})).toBe('no c\n  b c\n    ^');
});

it.each([0, 150, 5000, 9999])('pointAt: of a long line shows what stands around place %i', (position) => {
  const text = `${'x'.repeat(position)}!${'x'.repeat(10_000 - position)}`;
  const [message, line, mark] = pointAt(text, {position, message: 'odd'}).split('\n') as [string, string, string];
  expect(message).toBe('odd');
  expect(line.length).toBeLessThan(410);
  expect(line[mark.indexOf('^')]).toBe('!');
});
