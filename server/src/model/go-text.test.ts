import {expect, test} from 'vitest';
import type {AnyValue} from './any-value.ts';
import {goText} from './go-text.ts';

const text = (value: string): AnyValue => ({type: 'string', value});
const int = (value: bigint): AnyValue => ({type: 'int', value});
const double = (value: number): AnyValue => ({type: 'double', value});

test.each<[AnyValue, string]>([
  [{type: 'empty'}, ''],
  [text('a <b>'), 'a <b>'],
  [{type: 'bool', value: true}, 'true'],
  [int(-5n), '-5'],
  [double(1.2), '1.2'],
  [double(1e21), '1e+21'],
  [double(1e20), '100000000000000000000'],
  [double(1e-7), '1e-7'],
  [double(Number.NaN), 'NaN'],
  [double(Number.POSITIVE_INFINITY), 'Infinity'],
  [double(Number.NEGATIVE_INFINITY), '-Infinity'],
  [double(-0), '-0'],
  [{type: 'bytes', value: Uint8Array.of(1, 2, 255)}, 'AQL/'],
  [{type: 'array', value: [text('<a>'), int(1n), {type: 'empty'}]}, '["<a>",1,null]'],
  [
    {
      type: 'map',
      value: [
        {key: 'b', value: double(1)},
        {key: 'a', value: {type: 'bytes', value: Uint8Array.of(0)}},
        {key: 'b', value: {type: 'bool', value: false}},
      ],
    },
    '{"a":"AA==","b":false}',
  ],
  [{type: 'array', value: [text('<a>&\u2028\u2029'), double(-0), double(1e-7)]}, '["<a>&\\u2028\\u2029",-0,1e-7]'],
  // Go writes nothing at all.
  [{type: 'array', value: [double(Number.NaN)]}, ''],
])('text of a value as the Collector writes it: %o', (value, expected) => expect(goText(value)).toBe(expected));
