/** Values to the type that an argument wants: strictly, or from what is like it. */
import {goInt} from '../base/index.ts';
import {OttlError} from './faults.ts';
import {isList, typeOf, type Value} from './value.ts';

const int64 = (value: bigint): bigint | undefined => (BigInt.asIntN(64, value) === value ? value : undefined);

/** As Go's ParseFloat; undefined where the text is no number. */
function parseDouble(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) return undefined;
  const value = /^nan$/i.test(special[2] as string) ? Number.NaN : Number.POSITIVE_INFINITY;
  return special[1] === '-' ? -value : value;
}

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
};

const parseBool = (text: string): boolean | undefined => (Object.hasOwn(truths, text) ? truths[text] : undefined);

export function likeInt(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? int64(BigInt(Math.trunc(value))) : undefined;
  }
  if (typeof value === 'string') return goInt(value);
  return typeof value === 'boolean' ? BigInt(value) : undefined;
}

export function likeDouble(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return parseDouble(value);
  return typeof value === 'boolean' ? Number(value) : undefined;
}

export function likeBool(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value !== 0n;
  if (typeof value === 'number') return value !== 0;
  return typeof value === 'string' ? parseBool(value) : undefined;
}

export function mustBe<T extends Value>(wanted: string, is: (value: Value) => value is T): (value: Value) => T {
  return (value) => {
    if (is(value)) return value;
    throw new OttlError(`expected ${wanted}, found ${typeOf(value)}`);
  };
}

export const isText = (value: Value): value is string => typeof value === 'string';

export const mustBeTexts = (value: Value): readonly string[] => {
  if (isList(value) && value.every(isText)) return value as readonly string[];
  throw new OttlError(`expected a list of strings, found ${typeOf(value)}`);
};
