/**
 * Lists and maps are stored as the plain JSON that is searched for (`attributeText`). Plain JSON does not say everything: what it
 * leaves open is in the letter of the value's type.
 */
import type {AnyValue, KeyValue} from '../model/index.ts';
import {compareText} from '../query/index.ts';

/**
 * How plain JSON is read back: `j` with a number as an integer unless it has a fraction or an exponent, `J` with every number as a
 * double, `x` not at all: the exact value stands behind the letters. `a` and `m` are those of before: typed JSON, not plain.
 */
export type NestedLetter = 'j' | 'J' | 'x';

export function nestedLetter(value: AnyValue): NestedLetter {
  const found = {ints: false, wholeDoubles: false, inexact: false};
  look(value, found);
  if (found.inexact || (found.ints && found.wholeDoubles)) return 'x';
  return found.wholeDoubles ? 'J' : 'j';
}

function look(value: AnyValue, found: {ints: boolean; wholeDoubles: boolean; inexact: boolean}): void {
  switch (value.type) {
    case 'bytes':
      found.inexact = true;
      return;
    case 'int':
      found.ints = true;
      return;
    case 'double':
      if (!Number.isFinite(value.value) || Object.is(value.value, -0)) found.inexact = true;
      else if (/^-?\d+$/.test(String(value.value))) found.wholeDoubles = true;
      return;
    case 'array':
      for (const one of value.value) look(one, found);
      return;
    case 'map':
      for (const [index, entry] of value.value.entries()) {
        // In another order, or twice: an object does not keep that.
        const before = value.value[index - 1]?.key;
        if (before !== undefined && compareText(before, entry.key) >= 0) found.inexact = true;
        look(entry.value, found);
      }
  }
}

type Reviver = (key: string, value: unknown, context: {readonly source?: string}) => AnyValue;
/** The text of a number is there since ECMAScript 2026; TypeScript does not know it yet. */
const parse = JSON.parse as (text: string, reviver: Reviver) => AnyValue;

export const readPlainJson = (text: string, letter: 'j' | 'J'): AnyValue =>
  parse(text, (_, value, {source = ''}) => {
    switch (typeof value) {
      case 'string':
        return {type: 'string', value};
      case 'boolean':
        return {type: 'bool', value};
      case 'number':
        return letter === 'j' && /^-?\d+$/.test(source)
          ? {type: 'int', value: BigInt(source)}
          : {type: 'double', value};
      default:
        if (value === null) return {type: 'empty'};
        if (Array.isArray(value)) return {type: 'array', value: value as AnyValue[]};
        return {type: 'map', value: entriesOf(value as Readonly<Record<string, AnyValue>>)};
    }
  });

/** Objects put keys that are numbers first. */
const entriesOf = (object: Readonly<Record<string, AnyValue>>): KeyValue[] =>
  Object.entries(object)
    .map(([key, value]) => ({key, value}))
    .sort((a, b) => compareText(a.key, b.key));
