/** `key=value` pairs as logfmt writes them: what Tempo's search took before TraceQL. */
import {invalid} from './tempo-query.ts';

const pair = /\s*([^\s="]+)(?:=(?:"((?:\\.|[^"\\])*)"|([^\s"]*)))?(?=\s|$)/y;

/** A key alone has the empty value. */
export function readLogfmt(text: string): readonly (readonly [key: string, value: string])[] {
  const pairs: [string, string][] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    pair.lastIndex = at;
    const found = pair.exec(text);
    if (found === null)
      throw invalid(`invalid tags: expected key=value at pos ${at + 1}: ${JSON.stringify(text.slice(at, at + 50))}`);
    const [all, key, quoted, plain] = found as unknown as [string, string, string | undefined, string | undefined];
    if (pairs.some(([each]) => each === key)) throw invalid(`invalid tags: tag ${key} has been set twice`);
    pairs.push([key, quoted === undefined ? (plain ?? '') : unquoted(quoted)]);
    at += all.length;
  }
  return pairs;
}

const unquoted = (text: string): string =>
  text.replace(/\\(.)/g, (_all, character: string) => ({n: '\n', t: '\t', r: '\r'})[character] ?? character);
