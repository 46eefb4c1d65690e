/**
 * Parts of an address that Weft makes nothing of. They stay in the address, so that the page can say what it does not ask, and go
 * when a reader takes them out or says the same thing in a way that is understood.
 */

/** Key → the values that were not understood. */
export type Unread = Readonly<Record<string, readonly string[]>>;

export interface UnreadUrl {
  readonly unread?: Unread | undefined;
}

/** Keys that say one thing together. */
const time: readonly string[] = ['last', 'start', 'end'];
/** Each value of these stands for itself: one that is understood says nothing of another. */
const lists: readonly string[] = ['where', 'open', 'pane', 'column', 'columns', 'figures'];

/** Whether an address, of which `says` knows the keys, now says by other means what the unread part `key` may have meant. */
export function isSaidOtherwise(key: string, says: (key: string) => boolean): boolean {
  if (lists.includes(key)) return false;
  return time.includes(key) ? time.some(says) : says(key);
}
