/** What a reader of this browser looked for and opened lately, for the palette. Only here, nowhere else; bounded. */

export interface Recent {
  readonly href: string;
  readonly name: string;
  readonly kind: 'search' | 'trace';
}

export const MAX_RECENTS = 30;
const KEY = 'weft.recents';

export interface Recents {
  readonly list: () => readonly Recent[];
  /** The latest first; what was there already moves to the front. */
  readonly add: (recent: Recent) => void;
}

export function createRecents(storage: () => Pick<Storage, 'getItem' | 'setItem'>): Recents {
  const list = (): readonly Recent[] => {
    try {
      const stored: unknown = JSON.parse(storage().getItem(KEY) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isRecent).slice(0, MAX_RECENTS) : [];
    } catch {
      return [];
    }
  };
  return {
    list,
    add: (recent) => {
      const all = [recent, ...list().filter(({href}) => href !== recent.href)].slice(0, MAX_RECENTS);
      try {
        storage().setItem(KEY, JSON.stringify(all));
      } catch {
        // Forbidden or full: the palette does without.
      }
    },
  };
}

/** Only addresses of this page: what is stored may be another program's. */
function isRecent(one: unknown): one is Recent {
  const {href, name, kind} = (one ?? {}) as Partial<Recent>;
  return (
    typeof href === 'string' &&
    /^\/(?!\/)/.test(href) &&
    typeof name === 'string' &&
    (kind === 'search' || kind === 'trace')
  );
}
