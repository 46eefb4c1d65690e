/** Every attack of `npm run attack` in short form: Weft lives, stays within its memory, and loses nothing of the honest sender's. */
import {expect, test} from 'vitest';
import {attacks} from '../tools/attack/attacks.ts';
import {runAttack} from '../tools/attack/run-attack.ts';

test.each(attacks)('attack $name: Weft bears it, and the honest sender loses nothing', async (attack) => {
  const {honest, faults} = await runAttack(attack, 'short');
  expect(faults).toEqual([]);
  expect(honest.acknowledged).toBeGreaterThan(0);
});
