/** Arbitrary messages, every field of the published descriptors: protobuf → batch → protobuf and JSON and back lose nothing. */
import {describe, expect, test} from 'vitest';
import {
  appendBatch,
  type Batch,
  createLogBatch,
  createMetricBatch,
  createSpanBatch,
  gatherRows,
  recycle,
} from '../model/index.ts';
import {seededRandom} from '../model/testing.ts';
import {type OtlpCodec, otlp} from './index.ts';
import {arbitraryMessage, loadMessages, readMessage, sameEncoding, serviceMessage, writeMessage} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);
const rounds = 60;
const messages = loadMessages();
const create = {traces: createSpanBatch, logs: createLogBatch, metrics: createMetricBatch};

describe.each(['traces', 'logs', 'metrics'] as const)('OTLP property: %s', (signal) => {
  const type = messages(serviceMessage(signal, 'Request'));
  const codec = otlp[signal] as unknown as OtlpCodec<Batch>;
  const each = (check: (body: Uint8Array, batch: Batch, seed: string) => void): void => {
    for (let seed = first; seed < first + rounds; seed++) {
      const body = writeMessage(type, arbitraryMessage(type, seededRandom(seed)));
      const {batch, rejected, rejectedReason} = codec.decodeProto(body.slice());
      expect(rejected, `seed ${seed}: ${rejectedReason}`).toBe(0);
      check(body, batch, `WEFT_SEED=${seed}`);
    }
  };

  test('protobuf and back: what another library reads is the same', () =>
    each((body, batch, seed) => {
      expect(readMessage(type, codec.encodeProto(batch)), seed).toEqual(readMessage(type, body));
    }));

  test('over JSON and back: the same', () =>
    each((body, batch, seed) => {
      const {batch: again, rejected} = codec.decodeJson(codec.encodeJson(batch));
      expect(rejected, seed).toBe(0);
      expect(readMessage(type, codec.encodeProto(again)), seed).toEqual(readMessage(type, body));
    }));

  test('appended to another batch: the same bytes', () =>
    each((body, batch, seed) => {
      const target = create[signal]() as Batch;
      appendBatch(target, codec.decodeProto(body.slice()).batch);
      expect(sameEncoding(codec.encodeProto(target), codec.encodeProto(batch)), seed).toBe('same');
    }));

  test('gathered row by row into another batch: the same bytes', () =>
    each((body, batch, seed) => {
      const target = create[signal]() as Batch;
      const source = codec.decodeProto(body.slice()).batch;
      gatherRows(
        target,
        source,
        Array.from({length: source.items.count}, (_, row) => row),
      );
      expect(sameEncoding(codec.encodeProto(target), codec.encodeProto(batch)), seed).toBe('same');
    }));

  test('read into the memory of an earlier batch: the same bytes', () => {
    let spare: Batch | undefined;
    each((body, batch, seed) => {
      const again = codec.decodeProto(body.slice(), spare).batch;
      expect(sameEncoding(codec.encodeProto(again), codec.encodeProto(batch)), seed).toBe('same');
      spare = recycle(again);
    });
  });
});
