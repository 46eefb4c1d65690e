/** Functions of arrays and maps that ask nothing about an element. */
import type {Builtin} from './function.ts';
import {deeper, ExprError, equal, fetch, isLess, kindOf, toIndex, type Value} from './value.ts';

type Items = readonly Value[];
type Entries = ReadonlyMap<Value, Value>;

function flatten(items: Items, into: Value[], depth = 0): Value[] {
  for (const each of items) {
    if (Array.isArray(each)) flatten(each, into, deeper(depth));
    else into.push(each);
  }
  return into;
}

/** By `by` of each item; equal ones keep their order. */
export function sorted(items: Items, by: (index: number) => Value, order: Value): Value[] {
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw new ExprError(`an order is \`asc\` or \`desc\`, found \`${String(order)}\``);
  const places = items.map((_, index) => index);
  const sign = order === 'desc' ? -1 : 1;
  places.sort((a, b) => sign * (isLess(by(a), by(b)) ? -1 : isLess(by(b), by(a)) ? 1 : 0));
  return places.map((place) => items[place]);
}

const ofArray = (gives: Builtin['gives'], run: (items: Items) => Value): Builtin => ({
  parameters: ['array'],
  gives,
  call([items], frame) {
    frame.spend((items as Items).length);
    return run(items as Items);
  },
});
const ofMap = (run: (map: Entries) => Value): Builtin => ({
  parameters: ['map'],
  gives: 'array',
  call([map], frame) {
    frame.spend((map as Entries).size);
    return run(map as Entries);
  },
});

export const collectionFunctions = {
  len: {
    parameters: ['any'],
    gives: 'int',
    call([value], frame) {
      if (typeof value === 'string') {
        frame.spend(value.length);
        return BigInt([...value].length);
      }
      if (Array.isArray(value)) return BigInt(value.length);
      if (value instanceof Map) return BigInt(value.size);
      throw new ExprError(`\`len\` takes an array, a map or a text, found ${kindOf(value)}`);
    },
  },
  get: {
    parameters: ['any', 'any'],
    gives: 'any',
    call([from, key]) {
      if (typeof from !== 'string' && !Array.isArray(from)) return from instanceof Map ? from.get(key) : undefined;
      const length = BigInt(typeof from === 'string' ? Buffer.byteLength(from) : from.length);
      const index = BigInt(toIndex(key));
      return index >= -length && index < length ? fetch(from, index) : undefined;
    },
  },
  first: ofArray('any', (items) => items[0]),
  last: ofArray('any', (items) => items.at(-1)),
  take: {
    parameters: ['array', 'int'],
    gives: 'array',
    call([items, written], frame) {
      const count = toIndex(written);
      if (count < 0) throw new ExprError(`\`take\` takes a positive number, found ${count}`);
      frame.spend(Math.min(count, (items as Items).length));
      return (items as Items).slice(0, count);
    },
  },
  reverse: ofArray('array', (items) => items.toReversed()),
  sort: {
    parameters: ['array', 'string'],
    min: 1,
    gives: 'array',
    call([items, order], frame) {
      frame.spend((items as Items).length);
      return sorted(items as Items, (index) => (items as Items)[index], order);
    },
  },
  uniq: {
    parameters: ['array'],
    gives: 'array',
    call([items], frame) {
      const kept: Value[] = [];
      for (const each of items as Items) {
        frame.spend(kept.length + 1);
        if (!kept.some((other) => equal(other, each))) kept.push(each);
      }
      return kept;
    },
  },
  concat: {
    parameters: ['array'],
    rest: 'array',
    gives: 'array',
    call(arrays, frame) {
      for (const each of arrays) frame.spend((each as Items).length);
      return (arrays as readonly Items[]).flat();
    },
  },
  flatten: {
    parameters: ['array'],
    gives: 'array',
    call([items], frame) {
      const flat = flatten(items as Items, []);
      frame.spend(flat.length);
      return flat;
    },
  },
  keys: ofMap((map) => [...map.keys()]),
  values: ofMap((map) => [...map.values()]),
  toPairs: ofMap((map) => [...map]),
  fromPairs: ofArray('map', (pairs) => {
    const map = new Map<Value, Value>();
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new ExprError('`fromPairs` takes an array of pairs of a key and a value');
      map.set(pair[0], pair[1]);
    }
    return map;
  }),
} satisfies Readonly<Record<string, Builtin>>;
