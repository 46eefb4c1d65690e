/**
 * Whether Weft would understand a text to find in a trace, so that it is asked for nothing that it must refuse. The rules are those of
 * `server/src/api/find-text.ts`; a test holds the two together.
 */
export type FindFault =
  /** Half typed: it waits for the rest. */
  | {readonly kind: 'waits'; readonly for: 'quote' | 'value'}
  | {readonly kind: 'refused'; readonly why: 'duration' | 'number'; readonly value: string}
  | {readonly kind: 'refused'; readonly why: 'long' | 'many'; readonly limit: number};

const maxTerms = 16;
const maxText = 2_000;
const termPattern = /([^\s"=<>!]+)(!=|>=|<=|=|>|<)("[^"]*"?|\S*)|"([^"]*)"?|(\S+)/gu;
const durationPattern = /^(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h|d))+$/;

/** Undefined where it can be asked for. */
export function findFault(text: string): FindFault | undefined {
  if (text.length > maxText) return {kind: 'refused', why: 'long', limit: maxText};
  if (text.split('"').length % 2 === 0) return {kind: 'waits', for: 'quote'};
  let terms = 0;
  for (const {0: term, 1: key, 2: operator, 3: typed = '', 4: quoted, 5: word, index} of text.matchAll(termPattern)) {
    if (key === undefined && (word ?? quoted ?? '') === '') continue;
    terms++;
    if (key === undefined) continue;
    const value = typed.startsWith('"') ? typed.replaceAll('"', '') : typed;
    const why = faultOf(key, operator === '=' || operator === '!=', value);
    if (why === undefined) continue;
    const last = index + term.length === text.length;
    return value === '' && last ? {kind: 'waits', for: 'value'} : {kind: 'refused', why, value};
  }
  if (terms > maxTerms) return {kind: 'refused', why: 'many', limit: maxTerms};
  // Empty quotes find nothing yet.
  return terms === 0 ? {kind: 'waits', for: 'value'} : undefined;
}

function faultOf(key: string, equality: boolean, value: string): 'duration' | 'number' | undefined {
  if (key === 'duration') return value === '0' || durationPattern.test(value) ? undefined : 'duration';
  if (equality) return undefined;
  return value !== '' && Number.isFinite(Number(value)) ? undefined : 'number';
}
