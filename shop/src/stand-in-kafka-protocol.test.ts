import {connect} from 'node:net';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {startKafkaStandIn} from './stand-in-kafka.ts';
import {exchange, frame, int8, int16, int32, int64, recordBatch, request, text} from './testing-kafka.ts';

let broker: Awaited<ReturnType<typeof startKafkaStandIn>>;
const warnings: Error[] = [];
const note = (warning: Error): void => void (warning.name === 'Error' && warnings.push(warning));
beforeAll(async () => {
  process.on('warning', note);
  broker = await startKafkaStandIn();
});
afterAll(async () => {
  await broker.close();
  process.off('warning', note);
});

const noTags = int8(0);
const ask = (content: Buffer) => exchange(broker.brokers, frame(content));
async function answerOf(content: Buffer): Promise<Buffer> {
  const outcome = await ask(content);
  if (outcome === 'closed') throw new Error('the broker closed the connection');
  return outcome;
}
/** Every request that Apache Kafka 4.1 answers and the stand-in does too, with Kafka's versions, as Kafka tells them. */
const versionsOfKafka: readonly (readonly [key: number, minimum: number, maximum: number])[] = [
  [0, 0, 13],
  [1, 4, 18],
  [2, 1, 10],
  [3, 0, 13],
  [8, 2, 9],
  [9, 1, 9],
  [10, 0, 6],
  [11, 0, 9],
  [12, 0, 4],
  [13, 0, 5],
  [14, 0, 5],
  [15, 0, 6],
  [16, 0, 5],
  [18, 0, 4],
  [19, 2, 7],
  [20, 1, 6],
  [21, 0, 2],
  [22, 0, 5],
  [23, 2, 4],
  [37, 0, 3],
  [42, 0, 2],
  [60, 0, 2],
];

describe('Kafka stand-in: versions', () => {
  test('Kafka stand-in: ApiVersions tells the versions of Apache Kafka 4.1', async () => {
    const answer = await answerOf(request(18, 0));
    expect(answer.readInt16BE(4)).toBe(0);
    const told = Array.from({length: answer.readInt32BE(6)}, (_, index) => {
      const at = 10 + index * 6;
      return [answer.readInt16BE(at), answer.readInt16BE(at + 2), answer.readInt16BE(at + 4)];
    });
    expect(told).toEqual(versionsOfKafka);
  });

  test.each([5, 99, -1])(
    'Kafka stand-in: ApiVersions of unknown version %i is told UNSUPPORTED_VERSION in version 0',
    async (version) => {
      // Byte for byte as Apache Kafka 4.1: correlation id, error 35, one request: ApiVersions from 0 to 4.
      const expected = Buffer.concat([int32(7), int16(35), int32(1), int16(18), int16(0), int16(4)]);
      expect(await answerOf(request(18, version, noTags))).toEqual(expected);
    },
  );

  test('Kafka stand-in: flexible ApiVersions is answered with the header that has no tagged fields', async () => {
    const answer = await answerOf(request(18, 3, noTags, Buffer.from('\x04raw\x021'), noTags));
    expect([answer.readInt16BE(4), answer.readUInt8(6)]).toEqual([0, versionsOfKafka.length + 1]);
  });

  test('Kafka stand-in: ApiVersions with an unlawful client name is told INVALID_REQUEST', async () => {
    const answer = await answerOf(request(18, 3, noTags, Buffer.from('\x04r!w\x021'), noTags));
    expect(answer.readInt16BE(4)).toBe(42);
  });

  test.each(versionsOfKafka.filter(([key]) => key !== 18))(
    'Kafka stand-in: request %i closes the connection in versions outside %i to %i, as Kafka does',
    async (key, minimum, maximum) => {
      for (const version of [minimum - 1, maximum + 1, 32_767])
        expect(await ask(request(key, version, noTags, Buffer.alloc(64)))).toBe('closed');
    },
  );

  test('Kafka stand-in: Produce of the versions 0 to 2, told for librdkafka only, closes the connection', async () => {
    for (const version of [0, 1, 2]) expect(await ask(request(0, version, Buffer.alloc(64)))).toBe('closed');
  });

  test('Kafka stand-in: a request that it does not serve closes the connection', async () => {
    for (const key of [4, 7, 24, 68, 500, -1]) expect(await ask(request(key, 0, Buffer.alloc(64)))).toBe('closed');
  });
});

describe('Kafka stand-in: hostile input', () => {
  const lengths = [-1, -2_147_483_648, 33 * 1024 * 1024, 2_147_483_647];
  test.each(lengths)('Kafka stand-in: a frame of claimed length %i closes the connection', async (length) => {
    expect(await exchange(broker.brokers, Buffer.concat([int32(length), Buffer.alloc(64)]))).toBe('closed');
  });

  test.each([-2, 100_001, 2_147_483_647])(
    'Kafka stand-in: an array of claimed count %i closes the connection',
    async (count) => {
      expect(await ask(request(3, 1, int32(count), text('a')))).toBe('closed');
    },
  );

  test('Kafka stand-in: a request of more items than any client has closes the connection', async () => {
    expect(await ask(request(3, 1, int32(100_001), Buffer.alloc(2 * 100_001)))).toBe('closed');
  });

  test('Kafka stand-in: a varint without an end and a tag longer than the request close the connection', async () => {
    expect(await ask(request(3, 12, Buffer.alloc(16, 0xff)))).toBe('closed');
    expect(await ask(request(3, 12, Buffer.from([1, 0, 127]), Buffer.alloc(8)))).toBe('closed');
  });

  test('Kafka stand-in: requests cut short at any byte or with any byte changed are answered or closed, never more', async () => {
    const lawful = [
      request(
        3,
        12,
        noTags,
        Buffer.from('\x02'),
        Buffer.alloc(16),
        Buffer.from('\x06topic'),
        noTags,
        int8(1),
        int8(0),
        noTags,
      ),
      request(
        0,
        3,
        int16(-1),
        int16(-1),
        int32(9),
        int32(1),
        text('topic'),
        int32(1),
        int32(0),
        int32(70),
        Buffer.alloc(70, 2),
      ),
      request(
        11,
        2,
        text('g'),
        int32(6000),
        int32(50),
        text(''),
        text('consumer'),
        int32(1),
        text('range'),
        int32(2),
        text(''),
      ),
      request(
        1,
        4,
        int32(-1),
        int32(0),
        int32(0),
        int32(99),
        int8(0),
        int32(1),
        text('topic'),
        int32(1),
        int32(0),
        int64(0n),
        int32(9),
      ),
    ];
    const changed = lawful.flatMap((one) =>
      [...one.keys()].slice(8).flatMap((at) => {
        const other = Buffer.from(one);
        other[at] = (other[at] as number) ^ 0xff;
        return [one.subarray(0, at), other];
      }),
    );
    const outcomes = await Promise.all(changed.map(ask));
    expect(outcomes.length).toBe(changed.length);
    expect(warnings).toEqual([]);
    expect((await answerOf(request(18, 0))).readInt16BE(4)).toBe(0);
  }, 30_000);

  test('Kafka stand-in: a frame that arrives byte by byte is answered', async () => {
    const [host = '', port] = broker.brokers.split(':');
    const socket = connect(Number(port), host).setNoDelay(true);
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    for (const byte of frame(request(18, 0)))
      await new Promise((resolve) => socket.write(Buffer.of(byte), () => setImmediate(resolve)));
    expect((await answered).readInt32BE(4)).toBe(7);
    socket.destroy();
  });
});

describe('Kafka stand-in: what producers send', () => {
  const topic = 'produced';
  beforeAll(async () => void (await answerOf(request(3, 1, int32(1), text(topic)))));
  /** The error and offset that Produce v3 answers for one partition. */
  async function produce(records: Buffer): Promise<readonly [number, bigint]> {
    const body = [int16(-1), int16(-1), int32(1000), int32(1), text(topic), int32(1), int32(0)];
    const answer = await answerOf(request(0, 3, ...body, int32(records.length), records));
    const at = 4 + 4 + 2 + topic.length + 4 + 4;
    return [answer.readInt16BE(at), answer.readBigInt64BE(at + 2)];
  }

  test('Kafka stand-in: an idempotent batch sent again gets its first offset and is stored once', async () => {
    const first = await produce(recordBatch({producer: 900n, epoch: 0, sequence: 0}));
    const second = await produce(recordBatch({producer: 900n, epoch: 0, sequence: 1}));
    expect(second).toEqual([0, first[1] + 1n]);
    expect(await produce(recordBatch({producer: 900n, epoch: 0, sequence: 0}))).toEqual(first);
    expect(await produce(recordBatch({producer: 900n, epoch: 0, sequence: 1}))).toEqual(second);
    expect(await produce(recordBatch({producer: 900n, epoch: 0, sequence: 2}))).toEqual([0, first[1] + 2n]);
  });

  test('Kafka stand-in: an idempotent batch after a gap is refused, and so is one of an older epoch', async () => {
    await produce(recordBatch({producer: 901n, epoch: 1, sequence: 0}));
    expect((await produce(recordBatch({producer: 901n, epoch: 1, sequence: 2})))[0]).toBe(45);
    expect((await produce(recordBatch({producer: 901n, epoch: 0, sequence: 0})))[0]).toBe(47);
  });

  test('Kafka stand-in: a batch with a wrong checksum, of an older format or cut short is refused by its code', async () => {
    expect((await produce(recordBatch({checksum: 1})))[0]).toBe(2);
    const older = recordBatch();
    older.writeInt8(1, 16);
    expect((await produce(older))[0]).toBe(87);
    const short = recordBatch();
    short.writeInt32BE(1000, 8);
    expect((await produce(short))[0]).toBe(87);
    expect((await produce(Buffer.alloc(0)))[0]).toBe(87);
    expect((await produce(Buffer.concat([recordBatch(), recordBatch()])))[0]).toBe(87);
  });
});
