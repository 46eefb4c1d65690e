/**
 * What is on its way to those behind, trace by trace. A decision in the journal speaks for all requests up to one of them, so late
 * spans that are delivered before the trace's first ones may not be written down: a kill would take the first ones for delivered.
 */
import type {TenantId} from '../base/index.ts';
import type {Marking} from './mark-spans.ts';

export type NewMarking = Pick<Marking, 'mark' | 'isLate' | 'traceId'>;

export class OpenMarkings {
  /** The newest of each trace. */
  readonly #newest = new Map<string, Marking>();

  add(tenant: TenantId, {mark, isLate, traceId}: NewMarking): Marking {
    const key = keyOf(tenant, traceId);
    const before = this.#newest.get(key);
    const marking: Marking = {mark, isLate, traceId, shipments: 0, upTo: 0, before, after: undefined};
    if (before !== undefined) before.after = marking;
    this.#newest.set(key, marking);
    return marking;
  }

  /**
   * All spans of the marking are delivered. False where earlier ones of its trace are not: the decision is then written with these,
   * for as many requests.
   */
  close(tenant: TenantId, marking: Marking): boolean {
    const {before, after, upTo} = marking;
    if (after !== undefined) after.before = before;
    else if (before !== undefined) this.#newest.set(keyOf(tenant, marking.traceId), before);
    else this.#newest.delete(keyOf(tenant, marking.traceId));
    if (before === undefined) return true;
    before.after = after;
    before.upTo = Math.max(before.upTo, upTo);
    return false;
  }
}

const keyOf = (tenant: TenantId, id: Uint32Array): string => `${id[0]},${id[1]},${id[2]},${id[3]} ${tenant}`;
