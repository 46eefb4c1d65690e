/** Finding spans within one trace: every term must hold on the same span. */
import type {SpanKindName, StatusName} from './names.ts';

export const findOperators = ['!=', '>=', '<=', '=', '>', '<'] as const;
export type FindOperator = (typeof findOperators)[number];
export type NumberOperator = Exclude<FindOperator, '=' | '!='>;

export type FindTerm =
  /** Anywhere in the span, in any case: names, service, attributes (keys and values), events, links, the status, the id's beginning. */
  | {readonly type: 'word'; readonly word: string}
  /** The text form of an attribute of the span, its resource or scope, its events or links. `isNot`: it has the key, with other values only. */
  | {readonly type: 'is' | 'isNot'; readonly key: string; readonly value: string}
  /** An attribute that reads as a number. */
  | {readonly type: 'number'; readonly key: string; readonly operator: NumberOperator; readonly value: number}
  | {readonly type: 'duration'; readonly operator: FindOperator; readonly nanos: bigint}
  | {readonly type: 'status'; readonly not: boolean; readonly status: StatusName}
  | {readonly type: 'kind'; readonly not: boolean; readonly kind: SpanKindName}
  | {readonly type: 'field'; readonly not: boolean; readonly field: 'service' | 'operation'; readonly value: string}
  /** An attribute has the key, whatever its value. */
  | {readonly type: 'has'; readonly not: boolean; readonly key: string};

/** One value of an attribute, and the spans of a trace that have it. */
export interface TraceValue {
  readonly value: string;
  readonly spanIds: readonly string[];
}

export interface FoundSpans {
  /** 16 hexadecimal digits each, by start time. */
  readonly spanIds: readonly string[];
  /** Spans that fit, those that `spanIds` leaves out included. */
  readonly total: number;
}
