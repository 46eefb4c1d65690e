import {expect, test} from 'vitest';
import {webAddress} from './web-address.ts';

test.each([
  ['https://shop.example/cart?id=1#a', 'https://shop.example/cart?id=1#a'],
  ['HTTP://10.0.0.7:8080', 'http://10.0.0.7:8080/'],
  ['javascript:alert(1)', undefined],
  ['java\nscript:alert(1)', undefined],
  ['data:text/html,<b>', undefined],
  ['//evil.example', undefined],
  ['/relative', undefined],
  ['see https://shop.example', undefined],
  ['https://shop.example and more', undefined],
  ['https://', undefined],
  ['http://[::1', undefined],
])('web address: %j leads to %j', (text, address) => expect(webAddress(text)).toBe(address));
