/**
 * The lists of traces that a reader came through in this tab, and the traces looked at: so that a trace knows its neighbours, and a
 * list marks the traces already seen. Kept over a reload; bounded.
 */

export interface TraceList {
  /** The list's own address, to go back to. */
  readonly href: string;
  /** In the order on show. */
  readonly traceIds: readonly string[];
}

export interface Neighbours {
  readonly previous: string | undefined;
  readonly next: string | undefined;
  /** From 1. */
  readonly position: number;
  readonly count: number;
  readonly href: string;
}

interface Remembered extends TraceList {
  /** Which step of the browser's history the list is. */
  readonly step: number;
}

export interface TraceMemory {
  readonly rememberList: (list: TraceList, step: number) => void;
  /** In the list that the step came from: the last one before it that has the trace. */
  readonly neighbours: (traceId: string, step: number) => Neighbours | undefined;
  readonly markSeen: (traceId: string) => void;
  /** Another set after each change. */
  readonly seen: () => ReadonlySet<string>;
  readonly subscribe: (listener: () => void) => () => void;
}

export const MAX_LISTS = 8;
export const MAX_IDS = 1_500;
export const MAX_SEEN = 1_000;

export function createTraceMemory(storage: () => Pick<Storage, 'getItem' | 'setItem'>): TraceMemory {
  let lists: readonly Remembered[] = recall('lists', isRemembered);
  let seen: ReadonlySet<string> = new Set(recall('seen', (one): one is string => typeof one === 'string'));
  const listeners = new Set<() => void>();

  function recall<T>(key: string, fits: (one: unknown) => one is T): readonly T[] {
    try {
      const stored: unknown = JSON.parse(storage().getItem(`weft.${key}`) ?? '[]');
      return Array.isArray(stored) ? stored.filter(fits) : [];
    } catch {
      return [];
    }
  }
  function keep(key: string, value: unknown): void {
    try {
      storage().setItem(`weft.${key}`, JSON.stringify(value));
    } catch {
      // Forbidden or full: it holds until the page is loaded again.
    }
  }
  return {
    rememberList(list, step) {
      const own = {href: list.href, traceIds: list.traceIds.slice(0, MAX_IDS), step};
      lists = [own, ...lists.filter((one) => one.step !== step)].slice(0, MAX_LISTS);
      keep('lists', lists);
    },
    neighbours(traceId, step) {
      const list = lists
        .filter((one) => one.step <= step && one.traceIds.includes(traceId))
        .reduce<Remembered | undefined>(
          (best, one) => (best === undefined || one.step > best.step ? one : best),
          undefined,
        );
      if (list === undefined) return undefined;
      const at = list.traceIds.indexOf(traceId);
      return {
        previous: list.traceIds[at - 1],
        next: list.traceIds[at + 1],
        position: at + 1,
        count: list.traceIds.length,
        href: list.href,
      };
    },
    markSeen(traceId) {
      if (seen.has(traceId)) return;
      const all = [...seen, traceId].slice(-MAX_SEEN);
      seen = new Set(all);
      keep('seen', all);
      for (const listener of listeners) listener();
    },
    seen: () => seen,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function isRemembered(one: unknown): one is Remembered {
  const {href, traceIds, step} = (one ?? {}) as Partial<Remembered>;
  return typeof href === 'string' && Array.isArray(traceIds) && typeof step === 'number';
}
