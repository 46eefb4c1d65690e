/** What Prometheus's API answers, as far as the page asks it. Facts: https://prometheus.io/docs/prometheus/latest/querying/api/ */

export interface PrometheusAnswer<Data> {
  readonly data: Data;
  /** Things that are probably not as they were meant. */
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export interface PrometheusMatrix {
  readonly resultType: 'matrix';
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    /** Seconds since 1970, and a number as a text. */
    readonly values: readonly (readonly [number, string])[];
  }[];
}

export type PrometheusMetadata = Readonly<
  Record<string, readonly {readonly type: string; readonly help: string; readonly unit: string}[]>
>;

/** Moments from `start` to `end`, `step` apart, all in seconds. */
export interface PrometheusGrid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}
