import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, expect, test} from 'vitest';
import {createEngineClient} from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-client-'));
const path = join(directory, 'engine.sock');
/** Holds every request until it is told to answer. */
const held: ServerResponse[] = [];
const server = createServer((_request, response) => void held.push(response)).listen(path);
const client = createEngineClient({kind: 'socket', path}, 'default');

afterAll(async () => {
  await client.close();
  server.close();
  server.closeAllConnections();
  rmSync(directory, {recursive: true, force: true});
});

const untilHeld = async (count: number): Promise<void> => {
  while (held.length < count) await delay(5);
};

test('engine client: a request that is aborted while it waits for a connection costs no other request its own', async () => {
  const ask = async (signal?: AbortSignal): Promise<string> => {
    const answer = await client.query({
      query: 'SELECT 1',
      format: 'TabSeparated',
      ...(signal === undefined ? {} : {abort_signal: signal}),
    });
    return answer.text();
  };
  // As many as there are connections: the next one waits.
  const first = Array.from({length: 32}, () => ask());
  await untilHeld(32);
  const gone = new AbortController();
  const aborted = ask(gone.signal);
  await delay(50);
  gone.abort();
  await expect(aborted).rejects.toThrow();
  held[0]?.end('1\n');
  expect(await first[0]).toBe('1\n');
  const next = ask();
  await untilHeld(33);
  // Longer than the client by itself leaves a connection idle.
  await delay(3_000);
  for (const response of held.slice(1)) response.end('1\n');
  expect(await next).toBe('1\n');
  await Promise.all(first);
});
