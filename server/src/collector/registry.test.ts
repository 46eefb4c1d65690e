import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {loadConfig, type Registry} from '../pipeline/index.ts';
import {registry} from './registry.ts';

it('registry: a component is loaded when a configuration names it, and no other', async () => {
  const loaded: string[] = [];
  const told = <T extends object>(kind: string, loaders: Readonly<Record<string, () => Promise<T>>>) =>
    Object.fromEntries(
      Object.entries(loaders).map(([type, load]) => [type, () => (loaded.push(`${kind}/${type}`), load())]),
    );
  const watched = Object.fromEntries(
    Object.entries(registry).map(([kind, loaders]) => [kind, told(kind, loaders as never)]),
  ) as unknown as Registry;
  const yaml =
    'receivers: {otlp/a: {protocols: {grpc: }}}\nprocessors: {batch: }\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp/a], processors: [batch], exporters: [weft]}}}';
  const {kind} = await loadConfig({configs: [`yaml:${yaml}`], env: {}, registry: watched});
  expect(kind).toBe('ok');
  expect(loaded.toSorted()).toEqual(['exporters/weft', 'processors/batch', 'receivers/otlp']);
});

it('registry: its module imports no component', () => {
  const text = readFileSync(join(import.meta.dirname, 'registry.ts'), 'utf8');
  expect(text.match(/^import .* from '\.\/.*/gm)).toBeNull();
});
