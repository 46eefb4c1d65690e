import type {TraceState} from '@opentelemetry/api';

/** W3C Trace Context level 2, section 3.3: what a list member may be, and how many. */
const keyPattern = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const valuePattern = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const maxMembers = 32;
/** More than any vendor needs; keeps a hostile caller from filling the headers of everything downstream. */
const maxLength = 8_192;

type Member = readonly [key: string, value: string];

/**
 * A tracestate as the specification has it: one invalid member or more than 32 make the whole list invalid. (OpenTelemetry's own drops single members, allows fewer keys and lets 33 members in.)
 */
export function parseTraceState(text: string): TraceState | undefined {
  if (text.length > maxLength) return undefined;
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue; // Empty members are allowed.
    const at = member.indexOf('=');
    const [key, value] = [member.slice(0, at), member.slice(at + 1)];
    if (at < 1 || !keyPattern.test(key) || !valuePattern.test(value)) return undefined;
    if (seen.has(key)) continue; // The first one is the most recent.
    seen.add(key);
    members.push([key, value]);
  }
  return members.length > maxMembers ? undefined : traceState(members);
}

/** An empty one, to add to. */
export const emptyTraceState = (): TraceState => traceState([]);

/** Immutable. A changed or added member moves to the front; past the limit the last one makes room. */
function traceState(members: readonly Member[]): TraceState {
  return {
    get: (key) => members.find(([known]) => known === key)?.[1],
    set(key, value) {
      if (!keyPattern.test(key) || !valuePattern.test(value)) return this;
      const others = members.filter(([known]) => known !== key).slice(0, maxMembers - 1);
      return traceState([[key, value], ...others]);
    },
    unset: (key) => traceState(members.filter(([known]) => known !== key)),
    serialize: () => members.map(([key, value]) => `${key}=${value}`).join(','),
  };
}
