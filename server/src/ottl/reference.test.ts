import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {renderOttlReference} from './index.ts';

it('ottl reference: is what docs/reference/ottl.md says; if this fails, run `npm run gen`', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'ottl.md');
  expect(renderOttlReference()).toBe(readFileSync(file, 'utf8'));
});
