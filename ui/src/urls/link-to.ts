/** Where each thing of the page is to be seen: the one place that knows. */
import type {PageContext} from './context.ts';
import type {ExploreUrl, viewKeys} from './explore-url.ts';
import {type Term, writeTerm} from './question.ts';
import {attributeField} from './question-fields.ts';
import type {ServiceUrl} from './service-url.ts';
import {rangeAround} from './time-range.ts';

/** Anything on the screen that can be gone to, looked for or copied. Kinds come with their views. */
export type Thing =
  | {readonly kind: 'trace'; readonly traceId: string}
  | {readonly kind: 'span'; readonly traceId: string; readonly spanId: string}
  | {readonly kind: 'service'; readonly service: string}
  | {readonly kind: 'endpoint'; readonly service: string; readonly operation: string}
  /** A value that a field of the question can have: the kind or the status of a span, the name of an operation of any service. */
  | {readonly kind: 'field'; readonly field: 'operation' | 'kind' | 'status'; readonly value: string}
  /** `owner`: of the span itself or of what sent it. */
  | {readonly kind: 'attribute'; readonly key: string; readonly value: string; readonly owner: 'span' | 'resource'}
  /** Spans that have no value of what they are grouped by. */
  | {readonly kind: 'absent'; readonly by: string}
  /** What can only be copied, and opened where it is an address: an id, an endpoint. */
  | {readonly kind: 'text'; readonly value: string};

export interface LinkTarget {
  readonly to: '/' | '/trace/$traceId';
  readonly params?: {readonly traceId: string};
  readonly search: PageContext & {readonly span?: string; readonly where?: readonly string[] | undefined} & Pick<
      ExploreUrl,
      'results' | 'limit' | (typeof viewKeys)[number]
    >;
}

/**
 * The traces in which a thing takes part, or the trace that it is. `at`: the moment (milliseconds since 1970) at which the thing
 * was seen, where the reader should find its like of that time.
 */
export function linkTo(
  thing: Exclude<Thing, {kind: 'text'}>,
  {context = {}, at}: {context?: PageContext; at?: number | undefined} = {},
): LinkTarget {
  const around = contextAt(context, at);
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
    case 'field':
    case 'attribute':
    case 'absent':
      return {to: '/', search: {...around, where: [writeTerm(termOf(thing))]}};
  }
}

export interface ServiceTarget {
  readonly to: '/services/$service';
  readonly params: {readonly service: string};
  readonly search: PageContext & ServiceUrl;
}

/** The page of a service; `shown`: what of it. */
export const servicePage = (
  service: string,
  {context = {}, at, shown = {}}: {context?: PageContext; at?: number | undefined; shown?: ServiceUrl} = {},
): ServiceTarget => ({to: '/services/$service', params: {service}, search: {...contextAt(context, at), ...shown}});

/** The context, around a moment where that is given. */
export const contextAt = (context: PageContext, at: number | undefined): PageContext =>
  at === undefined ? context : {...context, last: undefined, start: undefined, end: undefined, ...rangeAround(at)};

/** What asks for the thing. */
export function termOf(thing: Extract<Thing, {kind: 'service' | 'endpoint' | 'field' | 'attribute' | 'absent'}>): Term {
  switch (thing.kind) {
    case 'service':
      return {field: 'service', op: '=', value: thing.service};
    case 'endpoint':
      return {field: 'operation', op: '=', value: thing.operation};
    case 'field':
      return {field: thing.field, op: '=', value: thing.value};
    case 'attribute':
      return attributeTerm(thing);
    case 'absent':
      return {field: 'has', op: '!=', value: thing.by};
  }
}

const attributeTerm = ({key, value}: {readonly key: string; readonly value: string}): Term => ({
  field: attributeField(key),
  op: '=',
  value,
});
