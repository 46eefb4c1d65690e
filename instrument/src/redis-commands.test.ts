import {afterAll, describe, expect, test} from 'vitest';
import {maskRedis, redisText} from './redis-commands.ts';
import {exportEverything, sentinel} from './testing-exported.ts';
import {isMissing, type RealServer, sayMissing, startRedis} from './testing-servers.ts';
import {traced} from './traced.ts';

const exported = await exportEverything();
const server = await startRedis();
const skip = sayMissing(server);
afterAll(async () => {
  if (!isMissing(server)) await server.stop();
  await exported.stop();
});

describe('redisText', () => {
  test.each([
    ['SET stock:7 secret', 'SET stock:7 ?'],
    ['get stock:7', 'get stock:7'],
    ['EVAL return(1) 1 key secret more', 'EVAL ? ? ? …'],
    ['SISMEMBER team secret', 'SISMEMBER team ?'],
    ['LREM list 0 secret', 'LREM list ? ?'],
    ['ZINCRBY board 5 secret', 'ZINCRBY board ? ?'],
    ['FUNCTION LOAD REPLACE code', 'FUNCTION LOAD ? ?'],
    ['CONFIG SET requirepass secret', 'CONFIG SET ? ?'],
    ['CONFIG secret', 'CONFIG ?'],
    ['MSET a secret b secret', 'MSET a ? ? ?'],
    ['MSET a secret b secret c secret', 'MSET a ? ? ? …'],
    ['OBJECT ENCODING stock:7', 'OBJECT ENCODING stock:7'],
    ['XGROUP CREATE orders group $', 'XGROUP CREATE orders ? ?'],
    ['FT.SEARCH index secret', 'FT.SEARCH ? ?'],
    ['AUTH user secret', 'AUTH ? ?'],
    ['PING', 'PING'],
    ['', '?'],
  ])('redisText: %s', (command, text) => {
    const [name = '', ...args] = command.split(' ');
    expect(redisText(name, args)).toBe(text);
    expect(maskRedis(text)).toBe(text);
  });

  test('redisText: a key that is no name, and one without end, are cut', () => {
    expect(redisText('GET', ['a b'])).toBe('GET ?');
    expect(redisText('GET', [Buffer.from([0xff, 0xfe])])).toBe('GET ?');
    expect(redisText('GET', ['k'.repeat(1_000)]).length).toBeLessThan(120);
  });
});

/** Would end the server, the connection or the test. */
const avoided = new Set(
  `debug failover hello monitor pfselftest psubscribe psync punsubscribe quit replicaof reset shutdown slaveof ssubscribe subscribe
  sunsubscribe sync unsubscribe`.split(/\s+/),
);
type About = [name: string, arity: number, flags: string[], first: number, last: number, step: number, ...unknown[]];

describe('Redis: every command of a real server, with a value in every argument but its key', () => {
  const commandsOf = async (): Promise<About[]> => {
    const {Redis} = await import('ioredis');
    const client = new Redis((server as RealServer).port);
    const all = (await client.call('COMMAND')) as About[];
    client.disconnect();
    return all.flatMap((about) => [about, ...((about[9] as About[] | undefined) ?? [])]);
  };
  /** Argument lists of several lengths; a key only where the server says that one is. */
  const callsOf = ([name, arity, , first]: About): string[][] => {
    const words = name.split('|');
    return [1, 2, 3, 5].map((more) => {
      const count = Math.max(Math.abs(arity), words.length) + more - 1;
      return Array.from({length: count}, (_, at) => words[at] ?? (at === first ? 'key' : sentinel));
    });
  };

  test.skipIf(skip)('Redis: keys stand where the server says', async () => {
    for (const [name, , , first] of await commandsOf()) {
      const words = name.split('|');
      const args = Array.from({length: 6}, (_, at) => words[at] ?? (at === first ? 'key' : sentinel));
      const text = redisText(args[0]!, args.slice(1));
      expect(text, name).not.toContain(sentinel);
      if (first === words.length) expect(text, name).toContain(' key');
    }
  });

  test.skipIf(skip).each(['ioredis', 'redis'])(
    'Redis: nothing of a value is exported, in texts, statuses and exceptions: %s',
    async (library) => {
      const {port} = server as RealServer;
      const commands = (await commandsOf()).filter(([name]) => !avoided.has(name.split('|')[0]!));
      expect(commands.length).toBeGreaterThan(200);
      const {send, close} = library === 'redis' ? await nodeRedis(port) : await ioredis(port);
      let failed = 0;
      for (const about of commands) {
        for (const call of callsOf(about)) {
          await traced('request', () => send(call)).catch(() => failed++);
        }
      }
      expect(failed).toBeGreaterThan(100);
      await close();
      const spans = await exported.spans();
      const texts = new Set(spans.map(({attributes}) => attributes['db.query.text']));
      expect(texts.size).toBeGreaterThan(200);
      expect([...texts]).toContain('lrem key ? ?');
      await exported.expectNoSentinel();
    },
  );

  test.skipIf(skip)('Redis: an error that a script invents is told by its kind, on its parents too', async () => {
    const {send, close} = await ioredis((server as RealServer).port);
    const script = (text: string) => ['eval', `return redis.error_reply('${text}')`, '0'];
    for (const text of [sentinel, `ERR ${sentinel}`, `WRONGTYPE ${sentinel}`]) {
      await expect(traced('request', () => send(script(text)))).rejects.toThrow(sentinel);
      await expect(
        traced('wrapped', () =>
          send(script(text)).catch((cause: Error) => {
            throw new Error(`could not count: ${cause.message}`, {cause});
          }),
        ),
      ).rejects.toThrow(sentinel);
    }
    await close();
    const spans = await exported.spans();
    expect(spans.filter(({name}) => name === 'request').map(({statusMessage}) => statusMessage)).toEqual([
      'Redis: ERR', // Redis puts it before a text without a code.
      'Redis: ERR',
      'Redis: WRONGTYPE',
    ]);
    expect(spans.filter(({name}) => name === 'wrapped')[1]?.statusMessage).toBe('could not count: Redis: ERR');
    await exported.expectNoSentinel();
  });
});

type Sender = {send(call: string[]): Promise<unknown>; close(): Promise<void>};

async function ioredis(port: number): Promise<Sender> {
  const {Redis} = await import('ioredis');
  const client = new Redis(port, '127.0.0.1', {commandTimeout: 500});
  client.on('error', () => {});
  return {send: ([name, ...args]) => client.call(name!, ...args), close: async () => client.disconnect()};
}

async function nodeRedis(port: number): Promise<Sender> {
  const {createClient} = await import('redis');
  const client = createClient({socket: {host: '127.0.0.1', port}, commandOptions: {timeout: 500}});
  client.on('error', () => {});
  await client.connect();
  return {send: (call) => client.sendCommand(call), close: async () => client.destroy()};
}
