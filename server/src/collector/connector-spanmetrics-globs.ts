/** Labels of spans by patterns of names: every attribute that matches one, of the span, or else of the event, or else of the resource. */

import {utf8} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import type {Pattern} from '../regexp/index.ts';
import type {Seen} from './connector-spanmetrics-labels.ts';

/** An attribute whose name matches. */
export interface GlobMatch {
  readonly name: string;
  /** Its row in the table of attributes. */
  readonly at: number;
}

/** Of how many names the answer is remembered. */
const maxKnown = 10_000;

/** Finds them in an order that depends on the names alone: series are told apart by it. */
export function globMatcher(
  globs: readonly Pattern[],
): ((batch: Lent<SpanBatch>, seen: Seen) => GlobMatch[]) | undefined {
  if (globs.length === 0) return undefined;
  const known = new Map<string, boolean>();
  const matches = (name: string): boolean => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = globs.some((each) => each.test(name));
      if (known.size >= maxKnown) known.clear();
      known.set(name, answer);
    }
    return answer;
  };
  return (batch, {row, event}) => {
    const {attributes, resource} = batch.spans.columns;
    const {key} = batch.attributes.columns;
    const found = new Map<string, number>();
    const collect = (owner: typeof attributes, of: number): void => {
      const end = owner.from(of) + owner.count(of);
      for (let at = owner.from(of); at < end; at++) {
        const name = utf8(batch.heap.bytes, key.start(at), key.size(at));
        if (matches(name) && !found.has(name)) found.set(name, at);
      }
    };
    collect(attributes, row);
    if (event >= 0) collect(batch.events.columns.attributes, event);
    collect(batch.resources.columns.attributes, resource.get(row));
    return [...found].map(([name, at]) => ({name, at})).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
}
