/** Questions for metrics, in OpenTelemetry's terms, and their answers. */
import type {metricType} from '../model/index.ts';

/** What a metric is, as far as its name in another's terms hangs on it. */
export interface MetricIdentity {
  readonly name: string;
  readonly unit: string;
  readonly type: MetricTypeName;
  readonly temporality: 'unspecified' | 'delta' | 'cumulative';
  readonly isMonotonic: boolean;
}
export type MetricTypeName = keyof typeof metricType;

export interface StoredMetric extends MetricIdentity {
  readonly description: string;
}

/** A series that has points on one of the days that a range touches. */
export interface StoredSeries {
  /** Names it in the store: a number of 64 bits. */
  readonly id: string;
  readonly metric: MetricIdentity;
  readonly attributes: readonly (readonly [key: string, value: string])[];
  readonly resource: readonly (readonly [key: string, value: string])[];
  readonly scope: {readonly name: string; readonly version: string};
}

/** Which number of points: a gauge's or sum's own, or one of a distribution's. */
export type PointPart = 'value' | 'count' | 'sum' | 'buckets' | 'quantiles';

/** Points of one series, or of one bucket or quantile of it, by ascending time. */
export interface StoredPoints {
  readonly id: string;
  /** The bucket's upper bound, or the quantile; 0 of other parts. */
  readonly bound: number;
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the point says that there is nothing any more. */
  readonly ended: Uint8Array;
}

/** Points of series that have a number in common. */
export interface PointQuery {
  /** Of the series. */
  readonly ids: readonly string[];
  readonly part: PointPart;
  readonly range: PointRange;
  /** The points are deltas: the answer has their sums since the start of each point's day in UTC. */
  readonly isDelta: boolean;
}

/** A measurement that stands for others in its point. */
export interface StoredExemplar {
  /** Of its series. */
  readonly id: string;
  /** The upper bound of the bucket that it is in; infinite where there are no buckets. */
  readonly bound: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
  /** In hexadecimal; empty without one. */
  readonly traceId: string;
  readonly spanId: string;
  /** Those that are not among the series'. */
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

/** A resource that sent points, and when. */
export interface StoredResource {
  readonly attributes: readonly (readonly [key: string, value: string])[];
  /** Ascending milliseconds since 1970: the first and the last point of every 150 seconds. */
  readonly times: readonly number[];
}

/** Milliseconds since 1970: later than `from`, up to `to`. */
export interface PointRange {
  readonly from: number;
  readonly to: number;
}
