/** What every page makes of its address. */
import {readContext} from './context.ts';
import {type RawQuery, type Reader, readerOf} from './query-string.ts';
import {isSaidOtherwise, type Unread, type UnreadUrl} from './unread.ts';

/**
 * A page's own part of an address, read by `read`, with everything that neither it nor the page's context understands as `unread`.
 * What is not understood is said to be undefined, lest it travel on as if it were.
 */
export function readPageUrl<T extends object>(query: RawQuery, read: (from: Reader) => T): T & UnreadUrl {
  const from = readerOf(query);
  readContext(from);
  const own = read(from);
  const unread: Unread = {...carried(query), ...from.unread()};
  if (Object.keys(unread).length === 0) return own;
  return {...Object.fromEntries(Object.keys(unread).map((key) => [key, undefined])), ...own, unread};
}

/** Those of an address that was read before, while it says nothing else of the same. */
function carried(query: RawQuery): Unread {
  const {unread} = query;
  if (typeof unread !== 'object' || unread === null || Array.isArray(unread)) return {};
  return Object.fromEntries(
    Object.entries(unread as Unread).filter(([key]) => !isSaidOtherwise(key, (other) => query[other] !== undefined)),
  );
}
