/** What a pasted text leads to: an address, traces, or words on why it leads nowhere. */
import {type FoundPlace, readAddress} from './read-address.ts';
import {type FoundId, readIds} from './read-ids.ts';

export type Pasted =
  | {readonly kind: 'place'; readonly place: FoundPlace}
  /** `doubt`: sixteen digits may be a short id of a trace, and are more often that of a span. */
  | {readonly kind: 'traces'; readonly ids: readonly FoundId[]; readonly doubt: boolean}
  /** A span is named, and not its trace. */
  | {readonly kind: 'span'; readonly spanId: string}
  /** More than anybody types, and nothing in it that could be opened. */
  | {readonly kind: 'long'; readonly characters: number};

/** A condition that a person writes, a statement of SQL in it, is shorter. */
const MAX_TYPED = 2_000;

/** Undefined where the text is none of these: words to look for. `origin`: of the page that runs here. */
export function readPasted(text: string, origin: string): Pasted | undefined {
  const place = readAddress(text, origin);
  if (place !== undefined) return {kind: 'place', place};
  const ids = readIds(text);
  if (ids.length > 0) return {kind: 'traces', ids, doubt: bareShortId.test(text)};
  const spanId = spanKey.exec(text)?.[1]?.toLowerCase();
  if (spanId !== undefined) return {kind: 'span', spanId};
  return text.length > MAX_TYPED ? {kind: 'long', characters: text.length} : undefined;
}

const bareShortId = /^[\s"'`<(]*[0-9a-f]{16}[\s"'`>),;]*$/i;
const spanKey = /(?:span[._:-]?id|x-b3-spanid)["']?\s*[:=]\s*["']?([0-9a-f]{16})(?![0-9a-z])/i;
