/** A route: one entry of the tables from which the server, its reference and its coverage test are made. */
import type {Clock, TenantId} from '../base/index.ts';
import type {Budget} from '../query/index.ts';
import {sayValue} from './failure-texts.ts';
import {type Parameter, type Query, readParameters, type Values} from './parameters.ts';
import type {Control, Source} from './source.ts';

export interface Route {
  readonly method: Method;
  /** With `:name` for path parameters. */
  readonly path: string;
  /** In which shape failures are told. */
  readonly dialect: Dialect;
  readonly summary: string;
  readonly parameters: readonly ParameterDoc[];
  /** The body that a request must have, described as in `answer`; undefined where none is read. */
  readonly body?: string | undefined;
  /** The largest body that is read. Default: next to nothing. */
  readonly maxBodyBytes?: number | undefined;
  /** The body of the answer: the name of a type of `contract.ts`, or a phrase. */
  readonly answer: string;
  readonly handle: Handler;
}

/** Of a request to Weft's own API. */
const jsonBodyBytes = 64 * 1024;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Dialect = 'weft' | 'jaeger' | 'jaeger-v3' | 'zipkin' | 'tempo' | 'prometheus';
export type Handler = (request: RouteRequest, services: Services) => Promise<Answer>;

export interface ParameterDoc {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly expected: string;
  readonly description: string;
  readonly required: boolean;
  readonly repeatable: boolean;
  readonly default: string | undefined;
}

export interface RouteRequest {
  readonly tenant: TenantId;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The header; empty where none was sent. */
  readonly accept: string;
  /** Empty where none was sent. */
  readonly body: Uint8Array;
  /** The limits on the cost of answering; its signal is aborted when the client goes away before the answer was sent. */
  readonly budget: Budget;
}

/** The services that routes work with. */
export interface Services {
  readonly source: Source;
  readonly control: Control;
  readonly clock: Clock;
}

export type Answer =
  /** With `etag`, a client that has the same answer already is told so with 304. */
  | {readonly kind: 'json'; readonly value: unknown; readonly status?: number; readonly etag?: true}
  /** JSON that is written piece by piece, so that a large answer never lies in memory whole; what it is made of takes `holds` bytes. */
  | {readonly kind: 'stream'; readonly chunks: Iterable<string>; readonly holds: number}
  | {readonly kind: 'text'; readonly text: string; readonly type: string}
  /** Bytes that come from elsewhere, passed on as fast as the client takes them. */
  | {
      readonly kind: 'bytes';
      readonly chunks: AsyncIterable<Uint8Array>;
      readonly type: string;
      readonly fileName?: string;
    }
  /** One message, with all of its bytes. */
  | {readonly kind: 'protobuf'; readonly bytes: Uint8Array};

export const json = (value: unknown, status = 200): Answer => ({kind: 'json', value, status});

// biome-ignore lint/suspicious/noExplicitAny: each parameter's own type is inferred where the table is read
type ParameterTable = Readonly<Record<string, Parameter<any>>>;

/** A route of Weft's own API: its query parameters are read by its table before it is called. */
export function weftRoute<P extends ParameterTable>(route: {
  method: Method;
  path: string;
  summary: string;
  pathParameters?: Readonly<Record<string, string>>;
  parameters: P;
  body?: string;
  answer: string;
  handle(request: RouteRequest & {readonly values: Values<P>}, services: Services): Promise<Answer>;
}): Route {
  return {
    method: route.method,
    path: `/api/weft/v1${route.path}`,
    dialect: 'weft',
    summary: route.summary,
    parameters: [...pathDocs(route.pathParameters ?? {}), ...queryDocs(route.parameters)],
    body: route.body,
    maxBodyBytes: route.body === undefined ? undefined : jsonBodyBytes,
    answer: route.answer,
    handle: async (request, services) =>
      route.handle({...request, values: readParameters(route.parameters, request.query)}, services),
  };
}

export const pathDocs = (parameters: Readonly<Record<string, string>>): ParameterDoc[] =>
  Object.entries(parameters).map(([name, description]) => ({
    name,
    in: 'path',
    expected: 'a text',
    description,
    required: true,
    repeatable: false,
    default: undefined,
  }));

/** A parameter that a route reads by itself. */
export const queryDoc = (
  name: string,
  expected: string,
  description: string,
  more: {readonly default?: string | undefined; readonly repeatable?: boolean; readonly required?: boolean} = {},
): ParameterDoc => ({
  name,
  in: 'query',
  expected,
  description,
  required: more.required ?? false,
  repeatable: more.repeatable ?? false,
  default: more.default,
});

export const queryDocs = (parameters: ParameterTable): ParameterDoc[] =>
  Object.entries(parameters).map(([name, {expected, description, required, repeatable, default: fallback}]) => ({
    name,
    in: 'query',
    expected: sayValue(expected),
    description,
    required,
    repeatable,
    default: fallback,
  }));
