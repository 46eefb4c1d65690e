/** Functions that ask a predicate about the elements of an array. */

import type {Frame} from './frame.ts';
import {sorted} from './functions-collection.ts';
import {calculate, ExprError, type Kind, kindOf, type Value} from './value.ts';

type Items = readonly Value[];
type AnyFrame = Frame<never>;
/** The predicate of the element that the frame is at. */
type Ask = () => Value;

export interface PredicateFunction {
  readonly gives: Kind;
  /** How many arguments it must have and may have; the second is the predicate. */
  readonly min: number;
  readonly max: number;
  /** Whether its predicate says yes or no. */
  readonly isTest: boolean;
  readonly run: (items: Items, ask: Ask, frame: AnyFrame, more: Value) => Value;
}

export function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw new ExprError(`expected true or false, found ${kindOf(value)}`);
  return value;
}

/** The first place, or the last one, where the predicate holds; -1 without any. */
function placeOf(items: Items, ask: Ask, frame: AnyFrame, isBackward = false): number {
  let found = -1;
  frame.each(
    items,
    (_, index) => {
      if (!truth(ask())) return false;
      found = index;
      return true;
    },
    isBackward,
  );
  return found;
}

const placeOrNil = (place: number): Value => (place < 0 ? undefined : BigInt(place));

function mapped(items: Items, ask: Ask, frame: AnyFrame): Value[] {
  const values: Value[] = [];
  frame.each(items, () => {
    values.push(ask());
    return false;
  });
  return values;
}

const kept = (items: Items, ask: Ask, frame: AnyFrame): Value[] => {
  const answers = mapped(items, ask, frame);
  return items.filter((_, index) => truth(answers[index]));
};

function sortBy(items: Items, ask: Ask, frame: AnyFrame, order: Value): Value {
  const keys = mapped(items, ask, frame);
  return sorted(items, (index) => keys[index], order);
}

function reduce(items: Items, ask: Ask, frame: AnyFrame, start: Value): Value {
  if (items.length === 0 && start === undefined)
    throw new ExprError('`reduce` of an empty array needs a value to begin with');
  let acc = start;
  frame.each(items, (item, index) => {
    if (index === 0 && start === undefined) acc = item;
    else {
      frame.acc = acc;
      acc = ask();
    }
    return false;
  });
  return acc;
}

type Run = PredicateFunction['run'];
const test = (gives: Kind, run: Run, min = 2): PredicateFunction => ({gives, min, max: 2, isTest: true, run});
const value = (gives: Kind, run: Run, min = 2, max = 2): PredicateFunction => ({gives, min, max, isTest: false, run});

const table: Readonly<Record<string, PredicateFunction>> = {
  all: test('bool', (items, ask, frame) => placeOf(items, () => !truth(ask()), frame) < 0),
  none: test('bool', (items, ask, frame) => placeOf(items, ask, frame) < 0),
  any: test('bool', (items, ask, frame) => placeOf(items, ask, frame) >= 0),
  one: test('bool', (items, ask, frame) => kept(items, ask, frame).length === 1),
  filter: test('array', kept),
  count: test('int', (items, ask, frame) => BigInt(kept(items, ask, frame).length), 1),
  find: test('any', (items, ask, frame) => items[placeOf(items, ask, frame)]),
  findIndex: test('any', (items, ask, frame) => placeOrNil(placeOf(items, ask, frame))),
  findLast: test('any', (items, ask, frame) => items[placeOf(items, ask, frame, true)]),
  findLastIndex: test('any', (items, ask, frame) => placeOrNil(placeOf(items, ask, frame, true))),
  map: value('array', mapped),
  sum: value(
    'any',
    (items, ask, frame) => mapped(items, ask, frame).reduce<Value>((sum, each) => calculate('+', sum, each), 0n),
    1,
  ),
  groupBy: value('map', (items, ask, frame) => {
    const groups = new Map<Value, Value[]>();
    mapped(items, ask, frame).forEach((key, index) => {
      if (typeof key === 'object') throw new ExprError(`${kindOf(key)} cannot be a key`);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [items[index]]);
      else group.push(items[index]);
    });
    return groups;
  }),
  sortBy: value('array', sortBy, 2, 3),
  reduce: value('any', reduce, 2, 3),
};
export const predicateFunctions: ReadonlyMap<string, PredicateFunction> = new Map(Object.entries(table));
