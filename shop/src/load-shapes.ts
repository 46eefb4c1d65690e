/** The shapes of load: mean arrivals per second and the mix of what visitors do. */
export interface LoadShapeDefinition {
  readonly title: string;
  readonly arrivalsPerSecond: number;
  /** Relative weights. */
  readonly mix: {readonly browse: number; readonly look: number; readonly checkout: number; readonly orders: number};
  /** Share of the checkouts that buy the one product on offer. */
  readonly offerShare: number;
}

export const loadShapes = {
  none: {title: 'No load', arrivalsPerSecond: 0, mix: {browse: 1, look: 0, checkout: 0, orders: 0}, offerShare: 0},
  steady: {title: 'Steady', arrivalsPerSecond: 5, mix: {browse: 40, look: 25, checkout: 25, orders: 10}, offerShare: 0},
  rush: {
    title: 'Rush hour',
    arrivalsPerSecond: 15,
    mix: {browse: 40, look: 25, checkout: 25, orders: 10},
    offerShare: 0,
  },
  flash: {
    title: 'Flash sale',
    arrivalsPerSecond: 25,
    mix: {browse: 15, look: 30, checkout: 50, orders: 5},
    offerShare: 0.8,
  },
} as const satisfies Record<string, LoadShapeDefinition>;

export type LoadShape = keyof typeof loadShapes;
export const isLoadShape = (text: string): text is LoadShape => Object.hasOwn(loadShapes, text);
