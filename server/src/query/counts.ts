/** Spans counted by what they are and when they start: what a question over time asks of a store instead of the spans. */
import type {UnixNano} from '../base/index.ts';
import type {AnyValue} from '../model/index.ts';
import type {SpanFilter} from './filter.ts';

/** A value of a span that spans are counted by, or a test that it passes or does not. */
export type CountKey =
  | {readonly type: 'attribute'; readonly of: 'span' | 'resource' | 'scope'; readonly key: string}
  /** An attribute of the span where it is a double. */
  | {readonly type: 'double'; readonly key: string}
  /** Texts; the kind and the status are the numbers of OTLP. */
  | {
      readonly type: 'column';
      readonly column: 'name' | 'kind' | 'status' | 'statusMessage' | 'scopeName' | 'scopeVersion';
    }
  /** Whether it has no parent. */
  | {readonly type: 'root'}
  /** Whether its duration in nanoseconds, which is 0 where it ended before it began, compares so as a double. */
  | {readonly type: 'duration'; readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: number};

/** A number of each span: its duration in nanoseconds, or an attribute of its own that is an integer. */
export interface CountMeasure {
  readonly of: 'duration' | {readonly key: string};
  /** Whether spans are told apart by the power of two that their number is not above; else numbers are summed up. */
  readonly inBuckets: boolean;
}

/** Of spans that start after `start`, and not after `end`; `filter` may let through others than those that are wanted. */
export interface CountQuery {
  readonly start: UnixNano;
  readonly end: UnixNano;
  /** Open on the left: number i begins at `first + i * step`. They begin and end with the range. */
  readonly intervals: {readonly first: bigint; readonly step: bigint};
  readonly filter: Omit<SpanFilter, 'start' | 'end'>;
  readonly keys: readonly CountKey[];
  readonly measure: CountMeasure | undefined;
}

/** Spans that have the same values: an entry of each list for an interval, and for a bucket in it. */
export interface SpanCounts {
  /** In the order of the keys; undefined where spans do not have it. Tests are booleans. */
  readonly values: readonly (AnyValue | undefined)[];
  readonly intervals: readonly number[];
  readonly spans: readonly number[];
  /** When one of the spans started, in nanoseconds since 1970. */
  readonly times: readonly string[];
  /** How many of the spans have a number, and of these. Empty where no measure is asked for. */
  readonly numbers: readonly number[];
  readonly sums: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
  /** The power of two; 0 of numbers below 2, and of spans without one. */
  readonly buckets: readonly number[];
}
