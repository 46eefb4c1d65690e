import {Redis} from 'ioredis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startRedisStandIn} from './stand-in-redis.ts';

let server: Awaited<ReturnType<typeof startRedisStandIn>>;
let redis: Redis;

beforeAll(async () => {
  server = await startRedisStandIn();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

test('Redis stand-in: a value comes back, multi-byte characters included', async () => {
  expect(await redis.set('a', '結帳')).toBe('OK');
  expect(await redis.get('a')).toBe('結帳');
  expect(await redis.get('absent')).toBeNull();
});

test('Redis stand-in: SET takes EX, PX, NX and XX', async () => {
  await redis.set('b', '1', 'EX', 60);
  expect(await redis.ttl('b')).toBe(60);
  expect(await redis.set('b', '2', 'NX')).toBeNull();
  expect(await redis.set('absent', '2', 'XX')).toBeNull();
  await redis.set('gone', '1', 'PX', 1);
  await expect.poll(() => redis.get('gone')).toBeNull();
});

test('Redis stand-in: counters, lists and hashes answer as Redis does', async () => {
  expect([await redis.incr('n'), await redis.incrby('n', 5), await redis.decr('n')]).toEqual([1, 6, 5]);
  expect(await redis.rpush('l', 'a', 'b')).toBe(2);
  expect(await redis.lrange('l', 0, -1)).toEqual(['a', 'b']);
  expect(await redis.hset('h', {x: '1', y: '2'})).toBe(2);
  expect(await redis.hgetall('h')).toEqual({x: '1', y: '2'});
  expect(await redis.mget('a', 'l')).toEqual(['結帳', null]);
});

test("Redis stand-in: errors have Redis's own texts", async () => {
  await redis.lpush('list', '1');
  await expect(redis.get('list')).rejects.toThrow('WRONGTYPE Operation against a key holding the wrong kind of value');
  await redis.set('word', 'x');
  await expect(redis.incr('word')).rejects.toThrow('ERR value is not an integer or out of range');
  await expect(redis.call('NOSUCH')).rejects.toThrow("ERR unknown command 'NOSUCH'");
});

test('Redis stand-in: many commands in one packet are answered in order', async () => {
  const pipeline = redis.pipeline();
  for (let index = 0; index < 500; index++) pipeline.set(`p${index}`, index).get(`p${index}`);
  const replies = await pipeline.exec();
  expect(replies?.filter((_, index) => index % 2 === 1).map(([, value]) => Number(value))).toEqual([
    ...Array(500).keys(),
  ]);
});
