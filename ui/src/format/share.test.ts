import {expect, test} from 'vitest';
import {parseShare, writeShare} from './share.ts';

test.each([
  ['100', 1],
  ['12.5', 0.125],
  [' 0,5 % ', 0.005],
  ['.5', 0.005],
  ['1/50', 0.02],
  ['1 / 1', 1],
  ['0', 0],
  ['101', undefined],
  ['-1', undefined],
  ['2/1', undefined],
  ['0/0', undefined],
  ['', undefined],
  ['half', undefined],
])('share: %j is read as %j', (text, share) => expect(parseShare(text)).toBe(share));

test.each([
  [0.07, '7'],
  [0.125, '12.5'],
  [1, '100'],
  [0.0001, '0.01'],
])('share: %d is written %s', (share, text) => expect(writeShare(share)).toBe(text));
