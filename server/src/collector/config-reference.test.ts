import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {renderConfigReference} from '../pipeline/index.ts';
import {registry} from './registry.ts';

it('configuration reference: is what docs/reference/configuration.md says; if this fails, run `npm run gen`', async () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'configuration.md');
  expect(readFileSync(file, 'utf8')).toBe(await renderConfigReference(registry));
});

it('configuration reference: names every setting of a part with its type, default and meaning', async () => {
  expect((await renderConfigReference(registry)).split('\n')).toContain(
    '| `protocols.grpc.max_recv_msg_size_mib` | whole number | `4` | Largest message in MiB, before and after decompression. |',
  );
});
