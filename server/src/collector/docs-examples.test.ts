/** The configurations that the docs print: `check-config` finds them sound, and they start, as their reader would have it. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {afterAll, describe, expect, it} from 'vitest';
import {formatFault} from '../config/index.ts';
import {ComponentFaults, explainConfig, loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const howTo = join('docs', 'how-to');
const pages = [
  'README.md',
  join('docs', 'reference', 'configuration.md'),
  ...readdirSync(join(root, howTo))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(howTo, name)),
];

const directory = mkdtempSync(join(tmpdir(), 'weft-docs-'));
afterAll(() => rmSync(directory, {recursive: true}));
const own = (name: string): string => join(directory, name);

/** The first block of a language in a page. */
const blockOf = (page: string, language: string): string =>
  new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(readFileSync(join(root, page), 'utf8'))?.[1] ?? '';

/** Files that the examples name, which their reader has. */
const files: Readonly<Record<string, string>> = {
  'strategies.json': blockOf(join(howTo, 'sampling.md'), 'json'),
  '/etc/kafka/ca.pem': rootCertificates[0] as string,
  '/etc/kafka/token': 'a token of the broker',
};
for (const [name, content] of Object.entries(files)) writeFileSync(own(name.replaceAll('/', '_')), content);

/** Where they lie here. */
const placed = (yaml: string): string => {
  let text = yaml.replaceAll('/var/lib/', `${directory}/`);
  for (const name of Object.keys(files)) text = text.replaceAll(name, own(name.replaceAll('/', '_')));
  return text;
};

/** A part of a configuration, with the least that it needs around it. */
function whole(yaml: string): string {
  if (/^service:/m.test(yaml) || /^weft:/.test(yaml)) return yaml;
  if (/^ {4}hash_function:/.test(yaml)) return whole(`processors:\n  redaction:\n${yaml}`);
  const first = (section: string): string | undefined =>
    new RegExp(`^${section}:\n {2}([\\w/]+):`, 'm').exec(yaml)?.[1];
  const [receiver, processor, exporter] = ['receivers', 'processors', 'exporters'].map(first);
  if ((receiver ?? processor ?? exporter) === undefined) throw new Error(`nobody knows where this stands:\n${yaml}`);
  const named = [receiver, processor, exporter].join(' ');
  const signal = /prometheus|metrics/.test(named) ? 'metrics' : /loki|logs/.test(named) ? 'logs' : 'traces';
  return [
    yaml,
    receiver === undefined ? 'receivers: {otlp: {protocols: {http: }}}' : '',
    exporter === undefined ? 'exporters: {weft: }' : '',
    `service: {pipelines: {${signal}: {receivers: [${receiver ?? 'otlp'}], processors: [${processor ?? ''}], exporters: [${exporter ?? 'weft'}]}}}`,
  ].join('\n');
}

const examples = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```ya?ml\n(.*?)^```/gms)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length}`,
    yaml: placed(whole(match[1] as string)),
  }));
});

describe('a configuration in the docs', () => {
  it.each(examples)('$place is sound for check-config, and starts', async ({yaml: written}) => {
    const yaml = written.replaceAll(/\$\{env:\w+(:-[^}]*)?\}/g, 'k'.repeat(64));
    const loaded = await loadConfig({registry, configs: ['example.yaml'], env: {}, readFile: () => yaml});
    expect(loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : []).toEqual([]);
    if (loaded.kind === 'faulty') return;
    const faults = await explainConfig(loaded.config).then(
      () => [],
      (error: unknown) => (error instanceof ComponentFaults ? error.faults.map(formatFault) : [error]),
    );
    expect(faults).toEqual([]);
    await using collector = await startTestCollector({yaml});
    expect(collector.view().pipelines.length).toBeGreaterThan(0);
  });
});
