import {expect, test} from 'vitest';
import {formatFault} from '../config/index.ts';
import {collectorComponents, kinds, loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';

test.each(kinds)('configuration: the names of the Collector’s %s are sorted, each once', (kind) => {
  expect(collectorComponents[kind]).toEqual([...new Set(collectorComponents[kind])].sort());
});

/** The faults of a configuration that has a component of this type beside a sound pipeline. */
async function faults(kind: (typeof kinds)[number], type: string): Promise<string[]> {
  const yaml = `receivers: {otlp: {protocols: {grpc: }}}
exporters: {weft: }
${kind}: {${kind === 'receivers' ? 'otlp: {protocols: {grpc: }}, ' : kind === 'exporters' ? 'weft: , ' : ''}"${type}": }
service: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`.replace(
    kind === 'receivers' ? /^receivers.*\n/ : kind === 'exporters' ? /\nexporters: \{weft: \}/ : /^$/,
    '',
  );
  const loaded = await loadConfig({configs: [`yaml:${yaml}`], env: {}, registry});
  return loaded.kind === 'ok' ? [] : loaded.faults.map(formatFault);
}

test.each(kinds)(
  'configuration: every one of the Collector’s %s that Weft lacks is said to be lacking',
  async (kind) => {
    const squash = (name: string): string => name.replaceAll('_', '');
    const here = new Set(Object.keys(registry[kind]).map(squash));
    const missing = collectorComponents[kind].filter((type) => !here.has(squash(type)));
    const said = await Promise.all(missing.map(async (type) => (await faults(kind, type)).at(-1)));
    const unlike = missing.filter(
      (type, index) => !said[index]?.includes(`unknown ${kind.slice(0, -1)} \`${type}\`: Weft does not have it`),
    );
    expect(unlike).toEqual([]);
  },
);

test('configuration: a component may be named with underscores or without, as the Collector renames its own', async () => {
  const yaml = `receivers: {otlp: {protocols: {grpc: }}}
processors: {memorylimiter: {check_interval: 1s, limit_mib: 100}, group_by_attrs/2: }
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], processors: [memorylimiter, group_by_attrs/2], exporters: [weft]}}}`;
  const loaded = await loadConfig({configs: [`yaml:${yaml}`], env: {}, registry});
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  expect([...loaded.config.components.processors].map(([id, {type}]) => [id, type])).toEqual([
    ['memorylimiter', 'memory_limiter'],
    ['group_by_attrs/2', 'groupbyattrs'],
  ]);
});
