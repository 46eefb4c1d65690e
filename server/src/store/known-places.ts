/**
 * The index of traces in the memory of the thread that answers questions. What was stored before is read once, what comes is told by
 * `SpanNews`. Only where nobody else stores spans in the same ClickHouse. See docs/decisions/0062-places-of-traces-in-memory.md.
 */
import type {TenantId, TraceId} from '../base/index.ts';
import {createKeptLife, type KeptOptions} from './kept-life.ts';
import {type LoadOptions, loadPlaces} from './load-places.ts';
import {hashOf, placeKey, tenantMixOf} from './place-key.ts';
import {type PlaceRun, PlaceRuns, type RunLimits, type StretchOf, sortedRun} from './place-runs.ts';
import {createRecentFiles, type RecentFiles} from './recent-files.ts';
import type {RecentSegment} from './span-changes.ts';

export interface KnownPlaces {
  /**
   * The places of each trace, and those of `recent` that may have others; undefined where the index must be asked, or they are more than
   * `limit` in all. `recent` are the segments that are not summed up at this moment.
   */
  find(
    tenant: TenantId,
    ids: readonly TraceId[],
    recent: readonly RecentSegment[],
    limit: number,
  ): {readonly of: ReadonlyMap<TraceId, readonly StretchOf[]>; readonly unknown: readonly RecentSegment[]} | undefined;
  /**
   * All spans of these traces out of files, where all their places are in such: see `RecentFiles`. The places are those of `find`, and no
   * segment was unknown.
   */
  read: RecentFiles['read'];
  /** Whether all that was stored before is known. */
  readonly isLoaded: boolean;
}

export interface KnownPlacesOptions extends KeptOptions {
  readonly limits?: RunLimits;
  readonly load?: Omit<LoadOptions, 'signal'>;
}

export function createKnownPlaces({limits, load, ...options}: KnownPlacesOptions): KnownPlaces {
  const runs = new PlaceRuns(limits);
  const files = createRecentFiles();
  let isLoaded = false;
  /** The first and the last segment that was told since everything was forgotten, by their serials. */
  let told: {readonly first: number; last: number} | undefined;

  createKeptLife(options, {
    async load(signal) {
      const onRun = (run: PlaceRun): void => {
        files.loaded(run);
        runs.addOlder(run);
      };
      const isAll = await loadPlaces(options.queries, onRun, {...load, signal});
      if (!signal.aborted) isLoaded = isAll;
    },
    told(news) {
      files.apply(news);
      if (news.kind !== 'taken' || news.places === undefined) return;
      const {places, segment} = news;
      runs.add(sortedRun(places.keys, places.buckets, segment.segment));
      told ??= {first: segment.serial, last: segment.serial};
      told.last = segment.serial;
    },
    clear() {
      runs.clear();
      files.clear();
      isLoaded = false;
      told = undefined;
    },
  });

  const isTold = ({serial}: RecentSegment): boolean =>
    told !== undefined && serial >= told.first && serial <= told.last;

  return {
    get isLoaded() {
      return isLoaded;
    },
    read: (...asked) => (isLoaded ? files.read(...asked) : undefined),
    find(tenant, ids, recent, limit) {
      if (!isLoaded) return undefined;
      const mix = tenantMixOf(tenant);
      const of = new Map<TraceId, readonly StretchOf[]>();
      let left = limit + 1;
      for (const id of ids) {
        const found = runs.find(placeKey(mix, hashOf(id)), left);
        if (found === undefined) return undefined;
        if (found.length > 0) of.set(id, found);
        left -= found.length;
        if (left <= 0) return undefined;
      }
      return {of, unknown: recent.filter((segment) => !isTold(segment))};
    },
  };
}
