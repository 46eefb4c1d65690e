/** What the reading thread keeps in memory of what statements would say: where nobody else writes into the same ClickHouse. */
import type {Clock} from '../base/index.ts';
import {createKeptExtents, type KeptExtents} from './kept-extents.ts';
import {createKeptFilters, type KeptFilters} from './kept-filters.ts';
import {createKeptRates, type KeptRates} from './kept-rates.ts';
import {createKnownPlaces, type KnownPlaces} from './known-places.ts';
import type {NarrowLimits} from './read-narrow.ts';
import type {Presence} from './read-presence.ts';
import type {Queries} from './read-query.ts';
import type {SpanNewsSource} from './span-news.ts';

/** Each undefined where it is not kept. */
export interface Memory {
  /** Where traces lie. */
  readonly places?: KnownPlaces | undefined;
  /** How long traces took, and how they ended. */
  readonly extents?: KeptExtents | undefined;
  /** Which attributes spans may have. */
  readonly filters?: KeptFilters | undefined;
  /** In which minutes spans of a service and the like are. */
  readonly rates?: KeptRates | undefined;
  /** How many spans of a bucket a search for the newest looks through without parting them. Default: `wholeBucket`. */
  readonly wholeBucket?: number | undefined;
  /** Where a search looks by what filters tell. Default: `narrowLimits`. */
  readonly narrow?: Partial<NarrowLimits> | undefined;
}

export interface MemoryOptions {
  /** Without a memory of their own. */
  readonly queries: Queries;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly news: SpanNewsSource;
}

export function createMemory(options: MemoryOptions): Memory {
  const filters = createKeptFilters(options);
  return {
    places: createKnownPlaces(options),
    extents: createKeptExtents(options),
    filters,
    rates: createKeptRates({...options, cells: filters.of}),
  };
}
