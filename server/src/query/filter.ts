/** Which spans a question is about: the one shape that every API asks with and every reader answers. */
import type {UnixNano} from '../base/index.ts';
import type {SpanKindName, StatusName} from './names.ts';

/** A span fits when every condition given holds. Spans are matched by their start time. */
export interface SpanFilter {
  readonly start?: UnixNano | undefined;
  /** Inclusive where a question gives both ends, as Jaeger has it. */
  readonly end?: UnixNano | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly minDurationNano?: bigint | undefined;
  readonly maxDurationNano?: bigint | undefined;
  readonly conditions: readonly SpanCondition[];
}

/** Traces one of whose spans fits. */
export interface TraceQuery extends SpanFilter {
  readonly limit: number;
}

export type SpanCondition =
  | {readonly type: 'any'; readonly of: readonly SpanCondition[]}
  | {readonly type: 'kind'; readonly kind: SpanKindName}
  | {readonly type: 'status'; readonly status: StatusName}
  | {readonly type: 'field'; readonly field: SpanField; readonly value: string}
  /**
   * The text form of an attribute: `anywhere` is the span, its resource, its scope, one of its events or one of its links, and
   * the key `event` is the name of an event too. The integer 500 and the text "500" are the same here.
   */
  | {readonly type: 'attribute'; readonly key: string; readonly value: string; readonly of: AttributeOwner};

export type SpanField = 'scope.name' | 'scope.version' | 'status.message' | 'trace.state';
export type AttributeOwner = 'anywhere' | 'resource';
