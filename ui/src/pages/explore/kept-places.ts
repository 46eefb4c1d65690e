/** Where a reader was in each list that the browser's history leads back to. */

export interface Place {
  readonly top: number;
  /** The row that had the focus. */
  readonly row: string | undefined;
}

export const MAX_PLACES = 50;

export interface KeptPlaces {
  readonly keep: (entry: string, place: Place) => void;
  readonly of: (entry: string) => Place | undefined;
}

export function createKeptPlaces(): KeptPlaces {
  const places = new Map<string, Place>();
  return {
    keep(entry, place) {
      places.delete(entry);
      places.set(entry, place);
      if (places.size > MAX_PLACES) places.delete(places.keys().next().value!);
    },
    of: (entry) => places.get(entry),
  };
}
