import {describe, expect, test} from 'vitest';
import {MalformedError} from '../base/index.ts';
import type {AnyValue} from './any-value.ts';
import {
  decodeAnyValue,
  decodeArray,
  decodeMap,
  encodeAnyValue,
  encodeArray,
  encodeMap,
  maxNesting,
} from './any-value-codec.ts';
import {arbitraryValue, seededRandom} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const decode = (hex: string): AnyValue => decodeAnyValue(bytes(hex), 0, hex.length / 2);

test('any value: arbitrary values survive', () => {
  for (let seed = first; seed < first + 500; seed++) {
    const value = arbitraryValue(seededRandom(seed));
    const encoded = encodeAnyValue(value);
    expect(decodeAnyValue(encoded, 0, encoded.length), `WEFT_SEED=${seed}`).toEqual(value);
  }
});

test('any value: lists survive, also in the middle of other bytes', () => {
  for (let seed = first; seed < first + 200; seed++) {
    const random = seededRandom(seed);
    const values = Array.from({length: Math.floor(random() * 5)}, () => arbitraryValue(random));
    const entries = values.map((value, i) => ({key: i === 0 ? '' : `鍵${i}`, value}));
    const array = encodeArray(values);
    const map = encodeMap(entries);
    const padded = Uint8Array.of(0xff, ...array, ...map, 0xff);
    const middle = 1 + array.length;
    expect(decodeArray(padded, 1, middle), `WEFT_SEED=${seed}`).toEqual(values);
    expect(decodeMap(padded, middle, middle + map.length), `WEFT_SEED=${seed}`).toEqual(entries);
  }
});

describe('any value: as protobuf has it', () => {
  const f = (name: string, hex: string, value: AnyValue): void => test(name, () => expect(decode(hex)).toEqual(value));
  f('nothing is empty', '', {type: 'empty'});
  f('of several values the last one holds', '0a016118071001', {type: 'bool', value: true});
  f('an array in two parts', '2a040a0218012a040a021802', {
    type: 'array',
    value: [
      {type: 'int', value: 1n},
      {type: 'int', value: 2n},
    ],
  });
  f('an array that another value interrupts', '2a040a02180110012a040a021802', {
    type: 'array',
    value: [{type: 'int', value: 2n}],
  });
  f('a map entry whose value comes in two parts', '32110a0f0a016b12042a020a0012042a020a00', {
    type: 'map',
    value: [{key: 'k', value: {type: 'array', value: [{type: 'empty'}, {type: 'empty'}]}}],
  });
  f('unknown fields and groups', '4001a306080ba4061809', {type: 'int', value: 9n});
  f('the smallest integer', '1880808080808080808001', {type: 'int', value: -(2n ** 63n)});
});

describe('any value: refused', () => {
  const nested = (levels: number): Uint8Array => {
    let value: AnyValue = {type: 'int', value: 1n};
    for (let i = 0; i < levels; i++) value = {type: 'array', value: [value]};
    return encodeAnyValue(value);
  };
  test('nesting beyond the limit', () => {
    const deepest = nested(maxNesting);
    expect(decodeAnyValue(deepest, 0, deepest.length).type).toBe('array');
    const deeper = nested(maxNesting + 1);
    expect(() => decodeAnyValue(deeper, 0, deeper.length)).toThrow(/nest deeper than 32 levels/);
  });
  test.each(['0a05', '18', '21000000', '2a020a05', '320a'])('%s', (hex) => {
    expect(() => decode(hex)).toThrow(MalformedError);
  });
});
