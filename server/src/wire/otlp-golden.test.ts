/** Requests that the official protobuf runtime wrote (fixtures/otlp), read and written back by Weft. */
import {readdirSync, readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import type {Batch, Signal} from '../model/index.ts';
import {type OtlpCodec, otlp} from './index.ts';

const folder = new URL('../../../fixtures/otlp/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const names = readdirSync(new URL('golden/', folder)).filter((name) => !name.endsWith('.json'));
const codecOf = (name: string): OtlpCodec<Batch> => otlp[name.split('.')[1] as Signal] as unknown as OtlpCodec<Batch>;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('OTLP golden files: there are messages of every signal', () => expect(names).toHaveLength(36));

describe.each(names)('OTLP golden files: %s', (name) => {
  const codec = codecOf(name);
  const golden = read(`golden/${name}`);
  const expectGolden = (batch: Batch): void => {
    expect(Buffer.from(codec.encodeProto(batch)).toString('hex')).toBe(Buffer.from(golden).toString('hex'));
  };

  test('protobuf: every byte survives', () => {
    const {batch, rejected} = codec.decodeProto(golden.slice());
    expect(rejected).toBe(0);
    expectGolden(batch);
  });

  test('shuffled, split, unpacked, with unknown fields: the same message', () => {
    const {batch, rejected} = codec.decodeProto(read(`odd/${name}`));
    expect(rejected).toBe(0);
    // Nested values are kept as they came, so the comparison is of what they say.
    expect(text(codec.encodeJson(batch))).toBe(text(codec.encodeJson(codec.decodeProto(golden.slice()).batch)));
  });

  test('JSON out says what the official runtime says', () => {
    const json = codec.encodeJson(codec.decodeProto(golden.slice()).batch);
    expect(JSON.parse(text(json))).toEqual(JSON.parse(text(read(`golden/${name}.json`))));
  });

  test('JSON in: every byte of the protobuf', () => expectGolden(codec.decodeJson(read(`golden/${name}.json`)).batch));

  test('lenient JSON in: every byte of the protobuf', () => {
    expectGolden(codec.decodeJson(read(`odd/${name}.json`)).batch);
  });
});
