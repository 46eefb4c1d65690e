import {expect, test} from 'vitest';
import {registry} from '../collector/index.ts';
import {type CollectorConfig, loadConfig} from '../pipeline/index.ts';
import {recordingLog} from '../pipeline/testing.ts';
import {createConfiguration} from './configuration.ts';

const load = (weft: string) => loadConfig({configs: [`yaml:weft: ${weft}`], env: {}, registry});

/** A configuration that is read as `weft`, a mutable part of it, says. */
async function scene() {
  const log = recordingLog();
  const applied: CollectorConfig[] = [];
  const now = {weft: '{retention: {traces: 7d}}', fail: false};
  const first = await load(now.weft);
  if (first.kind === 'faulty') throw new Error('the first is sound');
  const source = {names: ['weft.yaml'], files: () => [], load: () => load(now.weft)};
  const apply = async (config: CollectorConfig) => {
    if (now.fail) throw new Error('otlp: cannot listen');
    applied.push(config);
    return {added: [], replaced: [], removed: []};
  };
  return {log, applied, now, configuration: createConfiguration(source, first.config, apply, log)};
}

test('configuration: a faulty one is told in full, changes nothing, and is forgotten with the next sound one', async () => {
  const {configuration, log, applied, now} = await scene();
  now.weft = '{retention: {traces: soon, logs: later}}';
  await configuration.reload();
  expect(applied).toEqual([]);
  expect(configuration.state.refused?.faults).toEqual([
    expect.stringContaining('`traces`: expected a duration'),
    expect.stringContaining('`logs`: expected a duration'),
  ]);
  expect(configuration.problems).toEqual([
    expect.stringContaining('not in use: '),
    expect.stringContaining('not in use: '),
  ]);
  expect(log.lines.map(({level}) => level)).toEqual(['error', 'error']);
  now.weft = '{retention: {traces: 7d}}';
  await configuration.reload();
  expect([configuration.state.refused, configuration.problems, applied.length]).toEqual([undefined, [], 1]);
});

test('configuration: one whose components cannot start is refused with their reason', async () => {
  const {configuration, now} = await scene();
  now.fail = true;
  await configuration.reload();
  expect(configuration.state.refused?.faults).toEqual(['otlp: cannot listen']);
});

test('configuration: settings that are taken at the start only are named until they are as they were', async () => {
  const {configuration, now} = await scene();
  now.weft = '{retention: {traces: 8d}, http: {endpoint: 127.0.0.1:17000}, clickhouse: "http://127.0.0.1:8123/weft"}';
  await configuration.reload();
  expect(configuration.state.atNextStart.toSorted()).toEqual([
    'weft.clickhouse',
    'weft.http.endpoint.port',
    'weft.retention.traces',
  ]);
  now.weft = '{retention: {traces: 7d}}';
  await configuration.reload();
  expect(configuration.state.atNextStart).toEqual([]);
});
