import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {renderHttpReference} from './http-reference.ts';

it('HTTP reference: is what docs/reference/http-api.md says; if this fails, run `npm run gen`', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'http-api.md');
  expect(readFileSync(file, 'utf8')).toBe(renderHttpReference());
});

it('HTTP reference: names every parameter with its value, default and meaning', () => {
  expect(renderHttpReference().split('\n')).toContain(
    '| `limit` | a whole number from 1 to 1,500 | 20 | How many traces at most. |',
  );
});
