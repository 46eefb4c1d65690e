/** The things that a chart draws, as plain data. */

/** How a mark is painted and shaped: colour never speaks alone. */
export type Tone = 'plain' | 'failed' | 'healed' | 'neutral';

/** Amounts in equal columns of the x axis and given rows of the y axis: the more, the stronger. */
export interface HeatmapLayer {
  readonly kind: 'heatmap';
  /** Where the first column begins and how wide each is, in the x axis's unit. */
  readonly start: number;
  readonly width: number;
  /** Row `i` holds what lies between bound `i` and bound `i + 1`. */
  readonly bounds: readonly number[];
  /** One entry a cell. */
  readonly column: readonly number[];
  readonly row: readonly number[];
  readonly amount: readonly number[];
  /** How much of the amount is to be warned of. */
  readonly failed: readonly number[];
}

/** Marks at places, in ascending x. */
export interface PointsLayer {
  readonly kind: 'points';
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Radius in pixels. */
  readonly size: readonly number[];
  readonly tone: readonly Tone[];
}

/** A line through values at ascending x; undefined leaves a gap. */
export interface LineLayer {
  readonly kind: 'line';
  readonly x: readonly number[];
  readonly y: readonly (number | undefined)[];
  /** A token of the theme: `--accent`. */
  readonly colour: string;
  /** The area under it is tinted. */
  readonly filled?: boolean;
}

export type Layer = HeatmapLayer | PointsLayer | LineLayer;

/** Part of a chart that a reader has marked out. Without `y` it is the whole height. */
export interface Selection {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number] | undefined;
}

export interface Extent {
  readonly min: number;
  readonly max: number;
}
