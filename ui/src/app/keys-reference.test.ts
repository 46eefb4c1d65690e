import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {commandSets} from './command-sets.ts';
import {renderKeysReference} from './keys-reference.ts';

test('keys: docs/reference/keys.md says what the page does; npm run gen writes it', async () => {
  const file = join(import.meta.dirname, '../../../docs/reference/keys.md');
  expect(await renderKeysReference()).toBe(readFileSync(file, 'utf8'));
});

test('keys: within one page no key has two meanings', () => {
  const everywhere = commandSets.filter((set) => set.scope === 'everywhere');
  for (const set of commandSets) {
    const others = set.scope === 'everywhere' ? everywhere : [set];
    const keys = others.flatMap((one) => Object.values(one.commands).flatMap(({keys: own}) => own ?? []));
    expect(keys, set.id).toEqual([...new Set(keys)]);
  }
});

test('keys: every set has an id of its own', () => {
  const ids = commandSets.map((set) => set.id);
  expect(ids).toEqual([...new Set(ids)]);
});
