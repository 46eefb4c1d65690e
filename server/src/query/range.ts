import type {UnixNano} from '../base/index.ts';

/** Half-open: `start` ≤ time < `end`. */
export interface TimeRange {
  readonly start: UnixNano;
  readonly end: UnixNano;
}
