/** What every page makes of its address. */
import {readContext} from './context.ts';
import {type RawQuery, type Reader, readerOf} from './query-string.ts';
import {isSaidOtherwise, type Unread, type UnreadUrl} from './unread.ts';

/**
 * A page's own part of an address, read by `read`, with everything that neither it nor the page's context understands as `unread`.
 * What is not understood is said to be undefined, lest it travel on as if it were.
 */
export function readPageUrl<T extends object>(query: RawQuery, read: (from: Reader) => T): T & UnreadUrl {
  const from = readerOf(withCarried(query));
  readContext(from);
  const own = read(from);
  const unread: Unread = from.unread();
  if (Object.keys(unread).length === 0) return own;
  return {...Object.fromEntries(Object.keys(unread).map((key) => [key, undefined])), ...own, unread};
}

/**
 * What an address that was read before left over is read once more, as after a reload, while the address says nothing else of the
 * same: another kind of result may understand it.
 */
function withCarried({unread, ...query}: RawQuery): RawQuery {
  if (typeof unread !== 'object' || unread === null || Array.isArray(unread)) return query;
  const carried = Object.entries(unread as Unread)
    .filter(([key]) => !isSaidOtherwise(key, (other) => query[other] !== undefined))
    .map(([key, values]) => {
      const read = query[key] === undefined ? [] : [query[key]].flat();
      const all = [...read, ...values];
      return [key, all.length === 1 ? all[0] : all] as const;
    });
  return {...query, ...Object.fromEntries(carried)};
}
