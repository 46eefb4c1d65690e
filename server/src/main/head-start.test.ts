import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {headStart} from './head-start.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-head-start-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));
const file = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

test.each([
  [['doctor'], [false, false]],
  [
    ['serve', '--help'],
    [false, false],
  ],
  [['serve'], [true, true]],
  [
    ['--config', file('plain.yaml', 'receivers: {otlp: {}}')],
    [true, true],
  ],
  [
    ['serve', `--config=${file('absent.yaml', '')}x`],
    [true, true],
  ],
  [
    ['serve', '--config', file('other.yaml', 'weft: {clickhouse: "http://127.0.0.1:8123"}')],
    [true, false],
  ],
  [
    ['serve', `--config=${join(root, 'other.yaml')}`],
    [true, false],
  ],
  [
    ['demo', '--set=weft.clickhouse=http://127.0.0.1:8123'],
    [true, false],
  ],
])('head start: %j starts what the command needs, and ends it', async (args, expected) => {
  const start = await headStart(args);
  expect([start !== undefined, start?.engine !== undefined]).toEqual(expected);
  const ends = [start?.api, start?.engine].flatMap((each) => (each === undefined ? [] : [once(each, 'exit')]));
  start?.end();
  await Promise.all(ends);
});
