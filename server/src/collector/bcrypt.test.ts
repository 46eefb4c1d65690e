import {expect, test} from 'vitest';
import {bcryptFault, bcryptFits} from './bcrypt.ts';

/** Vectors of crypt_blowfish's own test (wrapper.c), which bcrypt's implementations share. */
test.each([
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
])('bcrypt: fits the password %j and no other', async (password, hash) => {
  expect(await bcryptFits(password, hash)).toBe(true);
  expect(await bcryptFits(`${password}x`, hash)).toBe(false);
});

test.each([
  ['$2y$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'is no bcrypt hash'],
  ['$2y$05$short', 'is no bcrypt hash'],
  ['$2y$20$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'has a cost of 20; at most 14 is taken'],
  ['$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', undefined],
])('bcrypt: says what is wrong with %s', (hash, fault) => {
  expect(bcryptFault(hash)).toBe(fault);
});
