/** A second's share of one trace in ten minutes: a rate over about a minute that is smaller is what is left of an older one. */
export const QUIET = 1 / 600;
