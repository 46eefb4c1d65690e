/** Policies that look at an attribute of the spans of a trace and of their resources. */

import {sameBytes, utf8, utf8Bytes} from '../base/index.ts';
import {findAttribute, type SpanBatch, valueType} from '../model/index.ts';
import type {Pattern} from '../regexp/index.ts';
import {conditional, type Policy} from './policy.ts';
import {firstRow, type Round} from './round.ts';

/** Whether a value, the row of an attribute, is wanted; `ofSpan` tells a span's from a resource's. */
type Wanted = (batch: SpanBatch, attribute: number, ofSpan: boolean) => boolean;

/** A trace has it where one of its spans or of their resources has the attribute with a wanted value. */
function attributePolicy(key: string, inverted: boolean, wanted: Wanted): Policy {
  const keyBytes = utf8Bytes(key);
  const resources = resourceMemo((batch, resource) => {
    const at = findAttribute(batch, batch.resources.columns.attributes, resource, keyBytes);
    return at >= 0 && wanted(batch, at, false);
  });
  return conditional((round, trace) => {
    const {batch} = round;
    const {resource, attributes} = batch.spans.columns;
    const isWanted = (row: number): boolean => {
      if (resources(batch, resource.get(row))) return true;
      const at = findAttribute(batch, attributes, row, keyBytes);
      return at >= 0 && wanted(batch, at, true);
    };
    return firstRow(round, trace, isWanted) >= 0;
  }, inverted);
}

/** Asks once for each resource of a batch. */
function resourceMemo(ask: (batch: SpanBatch, resource: number) => boolean) {
  let of: SpanBatch | undefined;
  let answers = new Uint8Array(0);
  return (batch: SpanBatch, resource: number): boolean => {
    if (batch !== of) {
      of = batch;
      if (answers.length < batch.resources.count) answers = new Uint8Array(2 * batch.resources.count);
      else answers.fill(0);
    }
    const known = answers[resource] as number;
    if (known !== 0) return known === 2;
    const answer = ask(batch, resource);
    answers[resource] = answer ? 2 : 1;
    return answer;
  };
}

export interface StringWish {
  readonly key: string;
  readonly values: readonly string[];
  /** Instead of `values`. */
  readonly patterns?: readonly Pattern[];
  /** How many texts the patterns' answers are remembered of. */
  readonly cacheSize: number;
  readonly inverted: boolean;
}

export function stringAttribute({key, values, patterns, cacheSize, inverted}: StringWish): Policy {
  const texts = values.filter((value) => value !== '').map(utf8Bytes);
  const matches =
    patterns === undefined ? undefined : remembered(cacheSize, (text) => patterns.some((each) => each.test(text)));
  return attributePolicy(key, inverted, (batch, attribute, ofSpan) => {
    const {type, value} = batch.attributes.columns;
    if (type.get(attribute) !== valueType.string) return false;
    const start = value.words[2 * attribute] as number;
    const length = value.words[2 * attribute + 1] as number;
    const {bytes} = batch.heap;
    if (matches === undefined) return texts.some((text) => sameBytes(bytes, start, length, text, 0, text.length));
    // As in the Collector, patterns are not asked about the empty texts of spans.
    return !(ofSpan && length === 0) && matches(utf8(bytes, start, length));
  });
}

/** Two generations of answers, so that at most twice as many are kept and the latest always are. */
function remembered(size: number, ask: (text: string) => boolean): (text: string) => boolean {
  let young = new Map<string, boolean>();
  let old = new Map<string, boolean>();
  return (text) => {
    let answer = young.get(text);
    if (answer !== undefined) return answer;
    answer = old.get(text) ?? ask(text);
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(text, answer);
    return answer;
  };
}

export interface NumberWish {
  readonly key: string;
  /** Both inclusive. */
  readonly min: number;
  readonly max: number;
  readonly inverted: boolean;
}

export function numericAttribute({key, min, max, inverted}: NumberWish): Policy {
  return attributePolicy(key, inverted, (batch, attribute) => {
    const {type, value} = batch.attributes.columns;
    const of = type.get(attribute);
    if (of !== valueType.int && of !== valueType.double) return false;
    const number = of === valueType.int ? Number(value.getSigned(attribute)) : value.getDouble(attribute);
    return number >= min && number <= max;
  });
}

export interface BooleanWish {
  readonly key: string;
  readonly value: boolean;
  readonly inverted: boolean;
}

export function booleanAttribute({key, value: wanted, inverted}: BooleanWish): Policy {
  return attributePolicy(key, inverted, (batch, attribute) => {
    const {type, value} = batch.attributes.columns;
    return type.get(attribute) === valueType.bool && (value.words[2 * attribute] !== 0) === wanted;
  });
}

/** What `ottl_condition` asks of spans, and of the events of spans. Throws where it cannot be evaluated. */
export interface Conditions {
  readonly spans: readonly SpanTest[];
  readonly events: readonly SpanTest[];
}
export type SpanTest = (batch: SpanBatch, row: number, parent?: number) => boolean;

export function spanConditions({spans, events}: Conditions): Policy {
  return conditional((round: Round, trace) => {
    const {batch} = round;
    const ranges = batch.spans.columns.events;
    const holds = (row: number): boolean => {
      for (const test of spans) if (test(batch, row)) return true;
      if (events.length === 0) return false;
      const from = ranges.from(row);
      for (let event = from; event < from + ranges.count(row); event++) {
        for (const test of events) if (test(batch, event, row)) return true;
      }
      return false;
    };
    return firstRow(round, trace, holds) >= 0;
  });
}
