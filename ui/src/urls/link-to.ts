/** Where each thing of the page is to be seen: the one place that knows. */
import type {PageContext} from './context.ts';
import {type Term, writeTerm} from './question.ts';
import {attributeField} from './question-fields.ts';
import {rangeAround} from './time-range.ts';

/** Anything on the screen that can be gone to, looked for or copied. Kinds come with their views. */
export type Thing =
  | {readonly kind: 'trace'; readonly traceId: string}
  | {readonly kind: 'span'; readonly traceId: string; readonly spanId: string}
  | {readonly kind: 'service'; readonly service: string}
  | {readonly kind: 'endpoint'; readonly service: string; readonly operation: string}
  /** `owner`: of the span itself or of what sent it. */
  | {readonly kind: 'attribute'; readonly key: string; readonly value: string; readonly owner: 'span' | 'resource'}
  /** What can only be copied, and opened where it is an address: an id, an endpoint. */
  | {readonly kind: 'text'; readonly value: string};

export interface LinkTarget {
  readonly to: '/' | '/trace/$traceId';
  readonly params?: {readonly traceId: string};
  readonly search: PageContext & {readonly span?: string; readonly where?: readonly string[] | undefined};
}

/**
 * The traces in which a thing takes part, or the trace that it is. `at`: the moment (milliseconds since 1970) at which the thing
 * was seen, where the reader should find its like of that time.
 */
export function linkTo(
  thing: Exclude<Thing, {kind: 'text'}>,
  {context = {}, at}: {context?: PageContext; at?: number | undefined} = {},
): LinkTarget {
  const around: PageContext =
    at === undefined ? context : {...context, last: undefined, start: undefined, end: undefined, ...rangeAround(at)};
  switch (thing.kind) {
    case 'trace':
      return {to: '/trace/$traceId', params: {traceId: thing.traceId}, search: context};
    case 'span':
      return {to: '/trace/$traceId', params: {traceId: thing.traceId}, search: {...context, span: thing.spanId}};
    case 'service':
      return {to: '/', search: {...around, service: thing.service, where: undefined}};
    case 'endpoint':
      return {
        to: '/',
        search: {
          ...around,
          service: thing.service,
          where: [writeTerm({field: 'operation', op: '=', value: thing.operation})],
        },
      };
    case 'attribute':
      return {to: '/', search: {...around, where: [writeTerm(attributeTerm(thing))]}};
  }
}

export const attributeTerm = ({key, value}: {readonly key: string; readonly value: string}): Term => ({
  field: attributeField(key),
  op: '=',
  value,
});
