import {expect, test} from 'vitest';
import {createTurns} from './turns.ts';

test('turns: everybody gets one in the order of their coming, and others run in between', async () => {
  const turns = createTurns();
  const ran: string[] = [];
  const work = async (name: string): Promise<void> => {
    await turns.take();
    ran.push(name);
  };
  const all = ['a', 'b', 'c'].map(work);
  let rounds = 0;
  const between = (): void => {
    rounds++;
    ran.push('other');
    if (rounds < 3) setImmediate(between);
  };
  setImmediate(between);
  await Promise.all(all);
  expect(ran.filter((each) => each !== 'other')).toEqual(['a', 'b', 'c']);
  expect(ran.slice(0, 4)).toContain('other');
  await work('d');
  expect(ran.at(-1)).toBe('d');
});
