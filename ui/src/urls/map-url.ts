/** What the map of services shows beside the context that every page has. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export const mapViews = ['map', 'table', 'propagation'] as const;
export type MapView = (typeof mapViews)[number];

export interface MapUrl {
  /** Default: the map. */
  readonly view?: MapView | undefined;
  /** The node in whose neighbourhood one looks, by its id. */
  readonly focus?: string | undefined;
  /** The edge whose details are on show, by its id. */
  readonly edge?: string | undefined;
  /** Words that the names on show contain. */
  readonly find?: string | undefined;
  /** Also what is seldom called. */
  readonly all?: true | undefined;
}

export function readMapUrl(query: RawQuery | Reader): MapUrl {
  const from = readerOf(query);
  const all: MapUrl = {
    view: from.oneOf('view', mapViews),
    focus: from.text('focus'),
    edge: from.text('edge'),
    find: from.text('find'),
    all: from.flag('all'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
