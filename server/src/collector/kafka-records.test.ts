/** Record batches as Kafka's clients write them, and as an attacker does. */
import {CompressionAlgorithms, createRecordsBatch} from '@platformatic/kafka';
import {describe, expect, it} from 'vitest';
import {MalformedError, TooLargeError, utf8} from '../base/index.ts';
import {readBatches, unpackRecords} from './kafka-records.ts';

type Compression = (typeof CompressionAlgorithms)[keyof typeof CompressionAlgorithms];

function batchOf(values: readonly Uint8Array[], compression: Compression = 'none'): Buffer {
  const messages = values.map((value, i) => ({
    topic: 't',
    partition: 0,
    key: Buffer.from(`key ${i}`),
    value: Buffer.from(value),
    headers: new Map([[Buffer.from('h'), Buffer.from(`${i}`)]]),
  }));
  return Buffer.from(createRecordsBatch(messages, {compression}).buffer);
}

/** Words that repeat here and there, as texts do. */
function words(seed: number): Buffer {
  const some = ['GET', '/cart', 'checkout', '500', 'timeout', 'span', 'trace', '\n'];
  let state = seed;
  const next = (): string => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return `${some[(state >>> 16) % some.length]} ${state % 97}`;
  };
  return Buffer.from(Array.from({length: 20_000}, next).join(' '));
}

describe.each(Object.values(CompressionAlgorithms))('Kafka records: batches compressed with %s', (compression) => {
  it('are read as they were written', () => {
    const values = [words(1), Buffer.alloc(0), Buffer.alloc(100_000, 7), words(2)];
    const [batch, ...rest] = readBatches(batchOf(values, compression));
    expect(rest).toEqual([]);
    const records = unpackRecords(batch!, 1 << 24);
    expect(
      records.map(({value}) =>
        Buffer.compare(value as Uint8Array, values[records.findIndex((each) => each.value === value)]!),
      ),
    ).toEqual([0, 0, 0, 0]);
    expect(
      records.map(({offsetDelta, key, headers}) => [
        offsetDelta,
        utf8(key!),
        headers.map((pair) => pair.map((each) => utf8(each!))),
      ]),
    ).toEqual([0, 1, 2, 3].map((i) => [i, `key ${i}`, [['h', `${i}`]]]));
  });

  it('are refused where they need more than the bound', () => {
    const [batch] = readBatches(batchOf([Buffer.alloc(4 << 20)], compression));
    expect(() => unpackRecords(batch!, 1 << 20)).toThrow(TooLargeError);
  });

  it('cut short or changed anywhere are read or refused, and nothing else', () => {
    const whole = batchOf([words(3).subarray(0, 3000)], compression);
    for (let i = 0; i < whole.length; i += 7) {
      const changed = Buffer.from(whole);
      changed[i] = (changed[i] as number) ^ (1 << (i % 8));
      for (const bytes of [changed, whole.subarray(0, i)]) {
        for (const batch of readBatches(bytes)) {
          try {
            unpackRecords(batch, 1 << 20);
          } catch (error) {
            if (!(error instanceof TooLargeError || error instanceof MalformedError)) throw error;
          }
        }
      }
    }
  });
});

it('Kafka records: a batch that claims more records than memory holds is refused before they are read', () => {
  const bytes = batchOf([Buffer.from('x')]);
  bytes.writeInt32BE(2 ** 31 - 1, 57);
  expect(() => unpackRecords(readBatches(bytes)[0]!, 1 << 30)).toThrow(TooLargeError);
});

it('Kafka records: Snappy in the blocks of the Java client is read, within the bound of all blocks together', () => {
  const block = batchOf([Buffer.alloc(50_000, 7)], 'snappy').subarray(61);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(block.length);
  const head = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1');
  const [plain] = readBatches(batchOf([Buffer.alloc(50_000, 7)], 'snappy'));
  const records = (blocks: number, limit: number) =>
    unpackRecords({...plain!, packed: Buffer.concat([head, ...Array(blocks).fill([length, block]).flat()])}, limit);
  expect(records(1, 60_000)[0]?.value).toHaveLength(50_000);
  expect(() => records(2, 60_000)).toThrow(TooLargeError);
});
