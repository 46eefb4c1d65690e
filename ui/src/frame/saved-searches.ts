/** Searches that a reader saved under names of their own. Only in this browser; bounded. */

export interface SavedSearch {
  readonly name: string;
  /** The address that restores it. */
  readonly href: string;
}

export const MAX_SAVED = 100;
const KEY = 'weft.saved-searches';

export interface SavedSearches {
  /** By name. */
  readonly list: () => readonly SavedSearch[];
  /** Takes the place of one of the same name. Both give the list as it is then. */
  readonly add: (search: SavedSearch) => readonly SavedSearch[];
  readonly remove: (name: string) => readonly SavedSearch[];
}

export function createSavedSearches(storage: () => Pick<Storage, 'getItem' | 'setItem'>): SavedSearches {
  const list = (): readonly SavedSearch[] => {
    try {
      const stored: unknown = JSON.parse(storage().getItem(KEY) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isSearch).slice(0, MAX_SAVED) : [];
    } catch {
      return [];
    }
  };
  const write = (all: readonly SavedSearch[]): readonly SavedSearch[] => {
    const kept = all.toSorted((a, b) => a.name.localeCompare(b.name)).slice(0, MAX_SAVED);
    try {
      storage().setItem(KEY, JSON.stringify(kept));
      return kept;
    } catch {
      // Forbidden or full: nothing is saved, and the list says so.
      return list();
    }
  };
  return {
    list,
    add: (search) => write([search, ...list().filter(({name}) => name !== search.name)]),
    remove: (name) => write(list().filter((one) => one.name !== name)),
  };
}

/** Only addresses of this page: what is stored may be another program's. */
function isSearch(one: unknown): one is SavedSearch {
  const {href, name} = (one ?? {}) as Partial<SavedSearch>;
  return typeof href === 'string' && /^\/(?!\/)/.test(href) && typeof name === 'string';
}
