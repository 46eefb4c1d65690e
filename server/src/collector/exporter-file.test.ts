import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {zstdDecompressSync} from 'node:zlib';
import {afterAll, describe, expect, it} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {parseYaml} from '../config/index.ts';
import {type AnyBatch, setAttribute} from '../model/index.ts';
import {contextOf, countOf, namesOf, spansNamed, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {fileExporter} from './exporter-file.ts';
import {createFileWriter} from './file-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-file-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));
let folders = 0;
const folder = (): string => {
  const path = join(root, `f${folders++}`);
  mkdirSync(path);
  return path;
};

const strict = {
  fault(_: unknown, message: string) {
    throw new Error(message);
  },
  warn() {},
  listens() {},
  refers() {},
};
async function written(yaml: string, batches: readonly AnyBatch[], settings = testSettings()): Promise<void> {
  const exporter = fileExporter.create(settings, fileExporter.config.read(parseYaml('', yaml, strict)!, strict));
  for (const batch of batches) await exporter.consumer.consume(batch, contextOf());
  await exporter.stop?.();
}
const jsonNames = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => namesOf(otlp.traces.decodeJson(utf8Bytes(text)).batch));
/** Four bytes of length before each. */
function framesOf(path: string): Buffer[] {
  const bytes = readFileSync(path);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    frames.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)));
  }
  return frames;
}
const two = () => [spansNamed('a', 'b'), spansNamed('c')];

describe('file exporter', () => {
  it('file exporter: writes a request a line in the place of what was there, or behind it', async () => {
    const path = join(folder(), 'out.json');
    writeFileSync(path, 'before\n');
    await written(`{path: ${path}}`, two());
    expect(jsonNames(path)).toEqual([['a', 'b'], ['c']]);
    await written(`{path: ${path}, append: true}`, [spansNamed('d')]);
    expect(jsonNames(path)).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('file exporter: writes protobuf, and zstd, with the length of each request before it', async () => {
    const path = join(folder(), 'out');
    await written(`{path: ${path}, format: proto}`, two());
    expect(framesOf(path).map((bytes) => namesOf(otlp.traces.decodeProto(new Uint8Array(bytes)).batch))).toEqual([
      ['a', 'b'],
      ['c'],
    ]);
    await written(`{path: ${path}, compression: zstd, compression_params: {level: 11}}`, two());
    await written(`{path: ${path}, compression: zstd, append: true}`, two());
    const packed = framesOf(path).map((bytes) => new Uint8Array(zstdDecompressSync(bytes)));
    const names = packed.map((bytes) => namesOf(otlp.traces.decodeJson(bytes).batch));
    expect(names).toEqual([['a', 'b'], ['c'], ['a', 'b'], ['c']]);
  });

  it('file exporter: a file for each value of an attribute, within the directory, and what has none is counted', async () => {
    const path = folder();
    const named = (name: string, segment?: string): AnyBatch => {
      const batch = spansNamed(name);
      if (segment !== undefined) {
        setAttribute(batch, batch.resources.columns.attributes, 0, 'team', {type: 'string', value: segment});
      }
      return batch;
    };
    const settings = testSettings({id: 'file'});
    await written(
      `{path: "${path}/*.json", group_by: {enabled: true, resource_attribute: team, max_open_files: 1}}`,
      [named('a', 'one'), named('b', '../../two/x'), named('c', 'one'), named('d')],
      settings,
    );
    expect(readdirSync(path).toSorted()).toEqual(['one.json', 'two']);
    expect(jsonNames(join(path, 'one.json'))).toEqual([['a'], ['c']]);
    expect(jsonNames(join(path, 'two', 'x.json'))).toEqual([['b']]);
    expect(countOf(settings.meter, 'otelcol_exporter_send_failed_spans', {reason: 'no_path_segment'})).toBe(1);
  });

  it('file exporter: puts each of several files aside at its size', async () => {
    const path = folder();
    const large = (): AnyBatch => {
      const batch = spansNamed('x'.repeat(600_000));
      setAttribute(batch, batch.resources.columns.attributes, 0, 'team', {type: 'string', value: 'one'});
      return batch;
    };
    const groups = 'group_by: {enabled: true, resource_attribute: team}';
    await written(`{path: "${path}/*.json", ${groups}, rotation: {max_megabytes: 1}}`, [large(), large()]);
    expect(readdirSync(path).toSorted()).toEqual([expect.stringMatching(/^one-.*-size\.json$/), 'one.json']);
  });

  it('file exporter: makes the directory where it is told to, and refuses retryably where it cannot write', async () => {
    const path = join(folder(), 'deep', 'er', 'out.json');
    await expect(written(`{path: ${path}}`, two())).rejects.toMatchObject({name: 'RetryableError', reason: 'file'});
    await written(`{path: ${path}, create_directory: true}`, two());
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['{path: ""}', '`path` is empty'],
    ['{path: a, compression_params: {level: 3}}', '`compression_params` needs a `compression`'],
    ['{path: a, directory_permissions: "0700"}', '`directory_permissions` goes with `create_directory: true` only'],
    ['{path: a, append: true, rotation: {}}', '`append` and `rotation` exclude each other'],
    ['{path: a, group_by: {enabled: true}}', '`path` must hold exactly one `*`'],
    ['{path: "*/a", group_by: {enabled: true}}', '`path` must not begin with `*`'],
  ])('file exporter: %s is a fault', async (yaml, message) => {
    await expect(written(yaml, [])).rejects.toThrow(message);
  });
});

describe('file writer', () => {
  it('file writer: puts a file aside at its size, under the time, and keeps so many and so long', async () => {
    const path = folder();
    let now = Date.UTC(2022, 8, 14, 5, 2, 14, 173);
    // Of a version that did not write the reason.
    writeFileSync(join(path, 'data-2022-09-14T05-00-00.000.json'), '');
    const rotation = {maxBytes: 10, maxDays: 2, maxBackups: 2, localTime: false};
    const open = () => createFileWriter(join(path, 'data.json'), {truncate: true, rotation, now: () => now});
    let writer = open();
    await writer.write(Buffer.from('12345'));
    await writer.close();
    // Another process goes on where this one ended.
    writer = open();
    await writer.write(Buffer.from('67890'));
    await writer.write(Buffer.from('x'));
    expect(readdirSync(path).toSorted()).toEqual([
      'data-2022-09-14T05-00-00.000.json',
      'data-2022-09-14T05-02-14.173-size.json',
      'data.json',
    ]);
    expect(readFileSync(join(path, 'data-2022-09-14T05-02-14.173-size.json'), 'utf8')).toBe('1234567890');
    for (let i = 1; i <= 3; i++) {
      now += 1000;
      await writer.write(Buffer.from('a record longer than a file'));
    }
    expect(readdirSync(path).toSorted()).toEqual([
      'data-2022-09-14T05-02-16.173-size.json',
      'data-2022-09-14T05-02-17.173-size.json',
      'data.json',
    ]);
    now += 3 * 86_400_000;
    await writer.write(Buffer.from('later'));
    expect(readdirSync(path).toSorted()).toEqual(['data-2022-09-17T05-02-17.173-size.json', 'data.json']);
    await writer.close();
  });

  it('file writer: records of many at once stay whole and in order', async () => {
    const path = join(folder(), 'out');
    const writer = createFileWriter(path, {truncate: true, rotation: undefined, now: Date.now});
    const records = Array.from({length: 200}, (_, index) => `${index}\n`);
    await Promise.all(records.map((record) => writer.write(Buffer.from(record))));
    await writer.close();
    expect(readFileSync(path, 'utf8')).toBe(records.join(''));
  });
});
