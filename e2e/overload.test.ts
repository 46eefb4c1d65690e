/** More than it can take, over many connections: senders are told to come back, and what was acknowledged is there once. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {startWeft, until} from './harness.ts';
import {compare, sqlAt, startLoad} from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-overload-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

test('overload: a flood is answered with success or “later” and nothing else, and what was acknowledged is there', async () => {
  // Little may be in flight and in the spool, so that any machine meets every bound.
  const bounds = ['--set', 'weft.ingest.max_in_flight=256KiB', '--set', 'weft.spool.max_bytes=2MiB'];
  await using weft = await startWeft({dataDirectory: directory, args: [...bounds, '--log-level', 'error']});
  const load = startLoad({endpoints: weft.endpoints, senders: 150, pauseMs: 0});
  const answered = (pattern: RegExp): boolean => [...load.answers.keys()].some((answer) => pattern.test(answer));
  const seen = [/^http 200$/, /^grpc 0$/, /^(http 503|grpc 14)$/];
  await until(() => seen.every(answered));
  await load.more(1000);
  await load.stop();
  expect([...load.answers.keys()].filter((answer) => !/^(grpc (0|14)|http (200|503))$/.test(answer))).toEqual([]);
  // It takes data again by itself.
  const after = startLoad({endpoints: weft.endpoints, senders: 1});
  await after.more(10);
  await after.stop();
  await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'});
  const found = await compare(sqlAt(join(directory, 'clickhouse', 'engine.sock')), [load, after]);
  expect(found).toEqual({missing: [], broken: [], strangers: 0});
});
