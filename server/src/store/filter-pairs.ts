/** The hashes that a search asks filters for: `span-filter.ts` has these, `derive-filters.ts` makes the filters. */
import {utf8Bytes} from '../base/index.ts';
import type {SpanCondition} from '../query/index.ts';
import {isLossy} from './lossy-text.ts';
import {cellHash, keyHash, keySalt, mayHave, type PairKind, pairHash} from './span-filter.ts';
import {escapedKey, escapedValue} from './span-text.ts';

export type PairCondition = SpanCondition & {readonly type: 'attribute'};

/** All conditions on pairs that a search could be narrowed by. Text that is not UTF-8 is asked for as it is shown, and has no hash. */
export const pairConditions = (conditions: readonly SpanCondition[]): readonly PairCondition[] =>
  conditions.flatMap((one) => (one.type === 'any' ? pairConditions(one.of) : isPair(one) ? [one] : []));

const isPair = (one: SpanCondition): one is PairCondition =>
  one.type === 'attribute' && !isLossy(one.key) && !isLossy(one.value);

const kindsOf = ({of}: PairCondition): readonly PairKind[] =>
  of === 'resource' ? ['origin'] : ['own', 'record', 'template', 'origin'];

/** A pair, and what it is in filters: a span that has it has it in one of these kinds. */
export interface AskedPair {
  readonly condition: PairCondition;
  readonly kinds: readonly {readonly kind: PairKind; readonly key: number; readonly pair: number}[];
}

export function askedPair(condition: PairCondition): AskedPair {
  const [plainKey, plainValue] = [utf8Bytes(condition.key), utf8Bytes(condition.value)];
  const hashesOf = (kind: PairKind): AskedPair['kinds'][number] => {
    const [key, value] = kind === 'origin' ? [escapedKey(plainKey), escapedValue(plainValue)] : [plainKey, plainValue];
    const hash = keyHash(kind, key, 0, key.length);
    return {kind, key: cellHash(hash, keySalt), pair: pairHash(hash, value, 0, value.length)};
  };
  return {condition, kinds: kindsOf(condition).map(hashesOf)};
}

/** Of a cell: in which kinds its spans may have a pair. */
export type CellKinds = (salt: number) => readonly PairKind[];

/** For the cells of a filter; where this has no words, anything may be in these. */
export function cellKinds({kinds}: AskedPair, words: Uint8Array): CellKinds {
  if (words.length === 0) {
    const all = kinds.map(({kind}) => kind);
    return () => all;
  }
  const possible = kinds.filter(({key}) => mayHave(words, key));
  if (possible.length === 0) return () => [];
  return (salt) => possible.filter(({pair}) => mayHave(words, cellHash(pair, salt))).map(({kind}) => kind);
}

/** Whether conditions may hold where each of the pairs may be had or not: never stricter than these. */
export function mayHold(conditions: readonly SpanCondition[]): (mayHave: (pair: SpanCondition) => boolean) => boolean {
  const known = new Set<SpanCondition>(pairConditions(conditions));
  const may = (condition: SpanCondition, mayHave: (pair: SpanCondition) => boolean): boolean =>
    known.has(condition)
      ? mayHave(condition)
      : condition.type !== 'any' || condition.of.some((one) => may(one, mayHave));
  return (mayHave) => conditions.every((condition) => may(condition, mayHave));
}
