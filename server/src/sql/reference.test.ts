import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {renderSqlReference} from './reference.ts';

it('SQL reference: is what docs/reference/sql.md says; if this fails, run `npm run gen`', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'sql.md');
  expect(readFileSync(file, 'utf8')).toBe(renderSqlReference());
});
