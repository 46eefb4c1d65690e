/** Converters that take lambdas: they go over the elements of lists and maps. */
import {OttlError} from './faults.ts';
import type {Frame} from './frame.ts';
import {converter, type FunctionDefinition, type Lambda, lambda, mayLambda, needs} from './function.ts';
import {isList, typeOf, type Value, type ValueMap} from './value.ts';

/** Keys and values of a map, or places and elements of a list. */
function entriesOf(source: Value): readonly (readonly [Value, Value])[] {
  if (source instanceof Map) return [...source];
  if (isList(source)) return source.map((value, index) => [BigInt(index), value]);
  throw new OttlError(`expected list or map, found ${typeOf(source)}`);
}

function isTrue(test: Lambda, frame: Frame, key: Value, value: Value): boolean {
  const result = test.call(frame, key, value);
  if (typeof result === 'boolean') return result;
  throw new OttlError(`the predicate gave ${typeOf(result)}, not a bool`);
}

/** A map of the same keys, or a list. */
const rebuilt = (source: Value, entries: readonly (readonly [Value, Value])[]): Value =>
  source instanceof Map ? (new Map(entries) as ValueMap) : entries.map(([, value]) => value);

const predicate = {source: needs('any'), predicate: lambda(2)} as const;

export const lambdaConverters: readonly FunctionDefinition[] = [
  converter(
    'All',
    'Whether the predicate holds for every element of a list or map.',
    predicate,
    ({source, predicate: test}) =>
      (frame) =>
        entriesOf(source.get(frame)).every(([key, value]) => isTrue(test, frame, key, value)),
  ),
  converter(
    'Any',
    'Whether the predicate holds for an element of a list or map.',
    predicate,
    ({source, predicate: test}) =>
      (frame) =>
        entriesOf(source.get(frame)).some(([key, value]) => isTrue(test, frame, key, value)),
  ),
  converter(
    'Filter',
    'The elements of a list or map for which the predicate holds.',
    predicate,
    ({source, predicate: test}) =>
      (frame) => {
        const from = source.get(frame);
        return rebuilt(
          from,
          entriesOf(from).filter(([key, value]) => isTrue(test, frame, key, value)),
        );
      },
  ),
  converter(
    'Find',
    'The first element of a list or map for which the predicate holds, or what `mapper` makes of it; nil where there is none.',
    {...predicate, mapper: mayLambda(2)},
    ({source, predicate: test, mapper}) =>
      (frame) => {
        const found = entriesOf(source.get(frame)).find(([key, value]) => isTrue(test, frame, key, value));
        if (found === undefined || mapper === undefined) return found?.[1];
        return mapper.call(frame, ...found);
      },
  ),
  converter(
    'MapEach',
    'A list or map with every value changed by the mapper.',
    {source: needs('any'), mapper: lambda(2)},
    ({source, mapper}) =>
      (frame) => {
        const from = source.get(frame);
        return rebuilt(
          from,
          entriesOf(from).map(([key, value]) => [key, mapper.call(frame, key, value)]),
        );
      },
  ),
  converter(
    'MapKeys',
    'A map with every key changed by the mapper.',
    {source: needs('map'), keyMapper: lambda(2)},
    ({source, keyMapper}) =>
      (frame) => {
        const map: ValueMap = new Map();
        for (const [key, value] of source.get(frame)) {
          const to = keyMapper.call(frame, key, value);
          if (typeof to !== 'string') throw new OttlError(`the mapper of keys gave ${typeOf(to)}, not a string`);
          map.set(to, value);
        }
        return map;
      },
  ),
  converter(
    'Reduce',
    'One value of a list or map: from `seed` on, what the accumulator makes of it and each element.',
    {source: needs('any'), seed: needs('any'), accumulator: lambda(3)},
    ({source, seed, accumulator}) =>
      (frame) =>
        entriesOf(source.get(frame)).reduce<Value>(
          (sum, [key, value]) => accumulator.call(frame, sum, key, value),
          seed.get(frame),
        ),
  ),
  converter(
    'When',
    'One value where the condition holds, and the other where it does not.',
    {condition: lambda(0), trueValue: needs('any'), falseValue: needs('any')},
    ({condition, trueValue, falseValue}) =>
      (frame) => {
        const result = condition.call(frame);
        if (typeof result !== 'boolean') throw new OttlError(`the condition gave ${typeOf(result)}, not a bool`);
        return result ? trueValue.get(frame) : falseValue.get(frame);
      },
  ),
];
