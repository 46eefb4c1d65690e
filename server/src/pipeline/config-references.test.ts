/** What a component's configuration says of extensions and pipelines must be there. */
import {expect, it} from 'vitest';
import {extensionId, formatFault, list, object, optional, pipelineId} from '../config/index.ts';
import type {Registry} from './component.ts';
import {loadConfig} from './config-load.ts';
import {reads} from './kit.ts';

const end = {consumer: reads(async () => {})};
const registry: Registry = {
  receivers: {in: async () => ({help: '', signals: ['traces'], config: object({}), create: () => ({})})},
  processors: {},
  connectors: {
    split: async () => ({
      help: '',
      conversions: {traces: ['traces']},
      config: object({to: optional(list(pipelineId), '')}),
      create: () => end,
    }),
  },
  exporters: {
    out: async () => ({
      help: '',
      signals: ['traces'],
      config: object({storage: optional(extensionId, '')}),
      create: () => end,
    }),
  },
  extensions: {disk: async () => ({help: '', config: object({}), create: () => ({})})},
};

const faults = async (yaml: string): Promise<readonly string[]> => {
  const loaded = await loadConfig({registry, configs: ['c.yaml'], env: {}, readFile: () => yaml});
  return loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : [];
};

it('configuration: an extension that a component names must run', async () => {
  const yaml = (storage: string, extensions: string, running: string): string =>
    `receivers: {in: }\nexporters: {out: {storage: ${storage}}}\nextensions: {${extensions}}\nservice: {extensions: [${running}], pipelines: {traces: {receivers: [in], exporters: [out]}}}`;
  expect(await faults(yaml('disk', 'disk: ', 'disk'))).toEqual([]);
  expect(await faults(yaml('disk', 'disk: ', ''))).toEqual([
    'c.yaml:2:28: `out` needs extension `disk`, which does not run; name it in `service.extensions` so that it runs',
  ]);
  expect(await faults(yaml('dsk', 'disk: ', 'disk'))).toEqual([
    'c.yaml:2:28: `out` needs extension `dsk`, which does not run; did you mean `disk`?',
  ]);
});

it('configuration: a pipeline that a connector gives to must be there and take from it', async () => {
  const yaml = (to: string): string =>
    `receivers: {in: }\nconnectors: {split: {to: [${to}]}}\nexporters: {out: }\nservice: {pipelines: {traces: {receivers: [in], exporters: [split]}, traces/a: {receivers: [split], exporters: [out]}, traces/b: {receivers: [in], exporters: [out]}}}`;
  expect(await faults(yaml('traces/a'))).toEqual([]);
  expect(await faults(yaml('traces/c, traces/b'))).toEqual([
    'c.yaml:2:27: there is no pipeline `traces/c`; did you mean `traces/a`?',
    'c.yaml:2:37: pipeline `traces/b` does not have `split` among its receivers; add it there',
  ]);
});
