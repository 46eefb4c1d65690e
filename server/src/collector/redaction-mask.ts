/** How a blocked text is replaced: by another text, or by its hash, so that equal ones stay equal. */
import {createHmac, hash} from 'node:crypto';
import {type Pattern, replaceMatches} from '../regexp/index.ts';

export const hashFunctions = ['md5', 'sha1', 'sha3', 'hmac-sha256', 'hmac-sha512'] as const;
export type HashFunction = (typeof hashFunctions)[number];

/** The shortest key of each function that takes one, in bytes. */
export const hmacKeyBytes: Readonly<Partial<Record<HashFunction, number>>> = {'hmac-sha256': 32, 'hmac-sha512': 64};

export type Mask = (text: string) => string;

/** `text` stands for what is masked where no hash is wanted. */
export function createMask(wanted: HashFunction | undefined, key: string, text: string): Mask {
  switch (wanted) {
    case undefined:
      return () => text;
    case 'md5':
    case 'sha1':
      return (found) => hash(wanted, found, 'hex');
    case 'sha3':
      return (found) => hash('sha3-256', found, 'hex');
    case 'hmac-sha256':
    case 'hmac-sha512':
      return (found) => createHmac(wanted.slice('hmac-'.length), key).update(found).digest('hex');
  }
}

/** Every line of a text, as the Collector masks the values of blocked keys. */
export const maskWhole = (mask: Mask, text: string): string => text.split('\n').map(mask).join('\n');

/** Masks what an expression finds. */
export const maskMatches = (mask: Mask, expression: Pattern, text: string): string =>
  replaceMatches(expression, text, (match) => mask(match[0])) ?? text;
