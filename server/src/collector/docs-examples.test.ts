/** The whole configurations that the how-tos print load. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {formatFault} from '../config/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to');

const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap((match) => {
      const yaml = match[1] as string;
      const line = text.slice(0, match.index).split('\n').length;
      return /^service:.*^ +pipelines:/ms.test(yaml) ? [{place: `${name}:${line}`, yaml}] : [];
    });
  });

it.each(examples)('how-to $place: its configuration loads', async ({yaml}) => {
  const loaded = await loadConfig({registry, configs: ['example.yaml'], env: {}, readFile: () => yaml});
  expect(loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : []).toEqual([]);
});
